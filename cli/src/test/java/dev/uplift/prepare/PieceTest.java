package dev.uplift.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uplift.prepare.Piece.Copy;
import dev.uplift.prepare.Piece.Directory;
import dev.uplift.prepare.Piece.Link;
import dev.uplift.prepare.Piece.Readable;
import dev.uplift.prepare.Piece.SettingsFile;
import dev.uplift.prepare.Piece.TextFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalLookupService;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
  void newSettingsAreForTheServicesGroupToRead() throws Exception {
    SettingsFile settings = new SettingsFile(at("uplift.yml"), "a: 1\n", me(), myGroup());
    assertThat(settings.difference()).contains("missing");

    settings.make();

    assertThat(settings.difference()).isEmpty();
    assertThat(mode("uplift.yml")).isEqualTo("rw-r-----");
  }

  @Test
  void settingsKeepTheModeThatAPersonGaveThem() throws Exception {
    Files.writeString(at("uplift.yml"), "a: 1\n");
    Files.setPosixFilePermissions(at("uplift.yml"), PosixFilePermissions.fromString("rw-------"));
    assertThat(new SettingsFile(at("uplift.yml"), "a: 1\n", me(), myGroup()).difference())
        .isEmpty();

    SettingsFile changed = new SettingsFile(at("uplift.yml"), "a: 2\n", me(), myGroup());
    assertThat(changed.difference()).contains("other content");
    changed.make();

    assertThat(Files.readString(at("uplift.yml"))).isEqualTo("a: 2\n");
    assertThat(mode("uplift.yml")).isEqualTo("rw-------");
  }

  @Test
  void settingsKeepTheirOwnerAndMustBeReadableByTheService() throws Exception {
    assumeTrue(me().equals("root"), "Only root can give files to others and become them.");
    openTheWayFor("nobody");
    Files.writeString(at("uplift.yml"), "a: 1\n");
    Files.setPosixFilePermissions(at("uplift.yml"), PosixFilePermissions.fromString("rw-r-----"));
    SettingsFile settings = new SettingsFile(at("uplift.yml"), "a: 2\n", "nobody", "nogroup");
    assertThatThrownBy(settings::difference)
        .isInstanceOf(Refused.class)
        .hasMessageContaining("nobody cannot read " + at("uplift.yml"))
        .hasMessageContaining("chgrp nogroup " + at("uplift.yml"));

    give("uplift.yml", "daemon", "nogroup");
    assertThat(settings.difference()).contains("other content");
    settings.make();

    assertThat(settings.difference()).isEmpty();
    assertThat(Files.getOwner(at("uplift.yml"))).hasToString("daemon");
    assertThat(mode("uplift.yml")).isEqualTo("rw-r-----");
  }

  @Test
  void aCopyOfAKeyIsForOneGroupAndFollowsItsSource() throws Exception {
    Files.writeString(at("given.key"), "key 1\n");
    Files.setPosixFilePermissions(at("given.key"), PosixFilePermissions.fromString("rw-rw-rw-"));
    Copy copy = new Copy(at("given.key"), at("own/key.pem"), myGroup());
    assertThat(copy.difference()).contains("missing");

    copy.make();
    assertThat(copy.difference()).isEmpty();
    assertThat(mode("own/key.pem")).isEqualTo("rw-r-----");

    Files.writeString(at("given.key"), "key 2\n");
    assertThat(copy.difference()).contains("other content");
    copy.make();
    assertThat(Files.readString(at("own/key.pem"))).isEqualTo("key 2\n");

    Copy asItIs = new Copy(at("own/key.pem"), at("own/key.pem"), myGroup());
    Files.setPosixFilePermissions(at("own/key.pem"), PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(asItIs.difference()).hasValueSatisfying(is -> assertThat(is).contains("rw-r--r--"));
    asItIs.make();
    assertThat(asItIs.difference()).isEmpty();
    assertThat(Files.readString(at("own/key.pem"))).isEqualTo("key 2\n");

    Files.delete(at("given.key"));
    assertThatThrownBy(copy::difference)
        .isInstanceOf(Refused.class)
        .hasMessageContaining("there is no file " + at("given.key"));
  }

  @ParameterizedTest
  @CsvSource({
    "true,  rw-r--r--, o=",
    "true,  rw-r---w-, o=",
    "false, rw-r--rw-, o-w",
  })
  void aFileThatOthersCanReadOrWriteIsRefused(boolean isSecret, String mode, String remedy)
      throws Exception {
    Files.writeString(at("engine.key"), "key\n");
    Files.setPosixFilePermissions(at("engine.key"), PosixFilePermissions.fromString(mode));

    assertThatThrownBy(() -> new Readable(at("engine.key"), isSecret, me(), myGroup()).difference())
        .isInstanceOf(Refused.class)
        .hasMessageContaining("every user can")
        .hasMessageContaining("chmod " + remedy + " " + at("engine.key"));
  }

  @Test
  void aFileThatTheServiceCanReadAndOthersNeedNotIsFound() throws Exception {
    Files.writeString(at("ca.pem"), "ca\n");
    Files.setPosixFilePermissions(at("ca.pem"), PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(new Readable(at("ca.pem"), false, me(), myGroup()).difference()).isEmpty();

    Files.setPosixFilePermissions(at("ca.pem"), PosixFilePermissions.fromString("rw-r-----"));
    assertThat(new Readable(at("ca.pem"), true, me(), myGroup()).difference()).isEmpty();
    assertThatThrownBy(() -> new Readable(at("none"), true, me(), myGroup()).difference())
        .isInstanceOf(Refused.class)
        .hasMessageContaining("there is no file");
  }

  @Test
  void aKeyThatTheServiceCannotReadIsRefused() throws Exception {
    assumeTrue(me().equals("root"), "Only root can become another user.");
    openTheWayFor("nobody");
    Files.writeString(at("engine.key"), "key\n");
    Files.setPosixFilePermissions(at("engine.key"), PosixFilePermissions.fromString("rw-r-----"));

    assertThatThrownBy(() -> new Readable(at("engine.key"), true, "nobody", "nogroup").difference())
        .isInstanceOf(Refused.class)
        .hasMessageContaining("nobody cannot read");
    give("engine.key", "root", "nogroup");
    assertThat(new Readable(at("engine.key"), true, "nobody", "nogroup").difference()).isEmpty();
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

  private static String me() {
    return System.getProperty("user.name");
  }

  private String myGroup() throws IOException {
    return Files.readAttributes(directory, PosixFileAttributes.class).group().getName();
  }

  private String mode(String name) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(at(name)));
  }

  private void give(String name, String owner, String group) throws IOException {
    UserPrincipalLookupService accounts = directory.getFileSystem().getUserPrincipalLookupService();
    PosixFileAttributeView view =
        Files.getFileAttributeView(at(name), PosixFileAttributeView.class);
    view.setOwner(accounts.lookupPrincipalByName(owner));
    view.setGroup(accounts.lookupPrincipalByGroupName(group));
  }

  /** The directory of a test is its user's alone. */
  private void openTheWayFor(String user) throws Exception {
    assumeTrue(Machine.groupOf(user).isPresent(), "There is no user " + user + ".");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Path at(String name) {
    return directory.resolve(name);
  }
}
