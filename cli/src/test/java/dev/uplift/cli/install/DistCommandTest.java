package dev.uplift.cli.install;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DistCommandTest {
  @TempDir private Path directory;

  @Test
  void theSameFilesMakeTheSameArchiveWheneverTheyWereWritten() throws Exception {
    DistCommand.pack(
        dist("one", Instant.parse("2026-01-01T00:00:00Z"), "rw-r--r--"), "u-1", at("a"));
    DistCommand.pack(
        dist("two", Instant.parse("2026-05-05T05:05:05Z"), "rw-rw----"), "u-1", at("b"));

    assertThat(at("a")).hasSameBinaryContentAs(at("b"));
    assertThat(Files.list(directory).map(path -> path.getFileName().toString()))
        .containsExactlyInAnyOrder("one", "two", "a", "b");
  }

  @Test
  void everythingIsInOneDirectoryAndReadableByAll() throws Exception {
    DistCommand.pack(dist("one", Instant.EPOCH, "rw-------"), "uplift-1.2.3", at("a"));

    assertThat(
            listing(at("a")).lines().map(line -> line.replaceAll(" +\\d+ 2000-01-01 00:00 ", " ")))
        .containsExactly(
            "drwxr-xr-x 0/0 uplift-1.2.3/",
            "drwxr-xr-x 0/0 uplift-1.2.3/lib/",
            "-rw-r--r-- 0/0 uplift-1.2.3/lib/a.jar",
            "-rw-r--r-- 0/0 uplift-1.2.3/lib/b.jar",
            "-rwxr-xr-x 0/0 uplift-1.2.3/uplift");
  }

  private Path at(String name) {
    return directory.resolve(name);
  }

  private Path dist(String name, Instant time, String mode) throws IOException {
    Path dist = Files.createDirectory(at(name));
    Files.createDirectory(dist.resolve("lib"));
    for (String file : new String[] {"lib/b.jar", "uplift", "lib/a.jar"}) {
      Files.writeString(dist.resolve(file), file);
      Files.setPosixFilePermissions(dist.resolve(file), PosixFilePermissions.fromString(mode));
      Files.setLastModifiedTime(dist.resolve(file), FileTime.from(time));
    }
    Files.setPosixFilePermissions(
        dist.resolve("uplift"), PosixFilePermissions.fromString("rwx------"));
    return dist;
  }

  private static String listing(Path archive) throws Exception {
    ProcessBuilder tar = new ProcessBuilder("tar", "--numeric-owner", "-tvzf", archive.toString());
    tar.environment().put("TZ", "UTC");
    Process process = tar.start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
