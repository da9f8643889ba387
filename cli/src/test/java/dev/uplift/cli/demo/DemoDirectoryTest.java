package dev.uplift.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.cli.console.LockFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoDirectoryTest {
  @TempDir private Path uplift;

  @Test
  void itIsEmptiedWithoutFollowingLinksOutOfIt() throws IOException {
    Path precious = Files.writeString(uplift.resolve("precious"), "kept");
    Path old = Files.createDirectories(uplift.resolve("demo/sandbox/old"));
    Files.createSymbolicLink(old.resolve("link"), precious);
    Files.createSymbolicLink(old.resolve("directory"), uplift);

    try (DemoDirectory directory = DemoDirectory.claim(uplift)) {
      assertThat(directory.sandbox()).doesNotExist();
      assertThat(directory.logs()).isEmptyDirectory();
    }
    assertThat(precious).hasContent("kept");
  }

  @Test
  void itCanBeClaimedAgainWhenItWasGivenBack() throws IOException {
    DemoDirectory.claim(uplift).close();
    DemoDirectory.claim(uplift).close();

    assertThat(LockFile.holder(uplift.resolve("demo.lock")))
        .isEqualTo(Long.toString(ProcessHandle.current().pid()));
  }
}
