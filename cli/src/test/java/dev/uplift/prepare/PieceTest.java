package dev.uplift.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.prepare.Piece.Directory;
import dev.uplift.prepare.Piece.Link;
import dev.uplift.prepare.Piece.TextFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PieceTest {
  @TempDir private Path directory;

  @Test
  void aFileIsMadeAndThenFound() throws Exception {
    TextFile file = new TextFile(at("etc/new/file"), "content\n", "");
    assertThat(file.difference()).contains("missing");

    file.make();

    assertThat(file.difference()).isEmpty();
    assertThat(Files.readString(at("etc/new/file"))).isEqualTo("content\n");
  }

  @Test
  void aFileWithOtherContentOrModeDiffers() throws Exception {
    TextFile file = new TextFile(at("file"), "content\n", "");
    Files.writeString(at("file"), "other\n");
    assertThat(file.difference()).contains("other content");

    file.make();
    Files.setPosixFilePermissions(at("file"), PosixFilePermissions.fromString("rw-rw-rw-"));
    assertThat(file.difference()).contains("mode rw-rw-rw-");

    file.make();
    assertThat(file.difference()).isEmpty();
  }

  @Test
  void aLinkInAFilesPlaceIsNotFollowed() throws IOException {
    Files.createSymbolicLink(at("file"), Files.writeString(at("elsewhere"), "content\n"));

    assertThatThrownBy(() -> new TextFile(at("file"), "content\n", "").difference())
        .isInstanceOf(Refused.class)
        .hasMessageContaining("in the way");
  }

  @Test
  void aLinkInADirectorysPlaceIsNotFollowed() throws IOException {
    Files.createSymbolicLink(at("state"), Files.createDirectory(at("elsewhere")));

    assertThatThrownBy(() -> mine("state", "rwxr-x---").difference())
        .isInstanceOf(Refused.class)
        .hasMessageContaining("in the way");
  }

  @Test
  void aDirectoryGetsItsOwnerAndMode() throws Exception {
    Directory state = mine("state", "rwxr-x---");
    assertThat(state.difference()).contains("missing");

    state.make();
    assertThat(state.difference()).isEmpty();

    Files.setPosixFilePermissions(at("state"), PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThat(state.difference()).hasValueSatisfying(is -> assertThat(is).contains("rwxrwxrwx"));
    state.make();
    assertThat(state.difference()).isEmpty();
  }

  @Test
  void aLinkIsSwitchedAndWhatIsNoLinkIsLeftAlone() throws Exception {
    Link link = new Link(at("uplift"), at("uplift-2"));
    Files.createSymbolicLink(at("uplift"), at("uplift-1"));
    assertThat(link.difference()).contains("leads to " + at("uplift-1"));

    link.make();
    assertThat(link.difference()).isEmpty();

    Files.delete(at("uplift"));
    Files.createDirectory(at("uplift"));
    assertThatThrownBy(link::difference).isInstanceOf(Refused.class);
    assertThat(at("uplift")).isDirectory();
  }

  private Directory mine(String name, String mode) throws IOException {
    PosixFileAttributes own = Files.readAttributes(directory, PosixFileAttributes.class);
    return new Directory(at(name), own.owner().getName(), own.group().getName(), mode);
  }

  private Path at(String name) {
    return directory.resolve(name);
  }
}
