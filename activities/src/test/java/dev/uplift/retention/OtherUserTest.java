package dev.uplift.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker runs without privileges, so what it may not delete stays, and is told. */
class OtherUserTest {
  private static final int NOBODY = 65534;
  @TempDir Path directory;

  @Test
  void whatMayNotBeDeletedStaysWholeAndIsTold() throws Exception {
    assumeThat(Files.getAttribute(Path.of("/proc/self"), "unix:uid")).as("root").isEqualTo(0);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path home = Files.createDirectory(directory.resolve("home"));
    Files.setAttribute(home, "unix:uid", NOBODY);
    asNobody("make", home);
    Path db = home.resolve("srv/acme/db");

    assertThat(asNobody("verify", home)).containsExactly("GOOD false null", "GOOD false null");
    Files.setPosixFilePermissions(db, PosixFilePermissions.fromString("r-xr-xr-x"));
    List<String> refused = asNobody("prune", home);

    assertThat(refused).hasSize(2);
    assertThat(refused.get(0)).isEqualTo("GOOD false null");
    assertThat(refused.get(1))
        .startsWith("GOOD false it cannot be deleted: ")
        .contains("AccessDeniedException");
    assertThat(asNobody("verify", home)).containsExactly("GOOD false null", "GOOD false null");
    Files.setPosixFilePermissions(db, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(asNobody("prune", home)).containsExactly("GOOD false null", "GOOD true null");
  }

  private List<String> asNobody(String task, Path home) throws Exception {
    List<String> words =
        new ArrayList<>(
            List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"));
    words.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-Djava.io.tmpdir=" + home,
            "-cp",
            readableClassPath(),
            RetentionProcess.class.getName(),
            task,
            home.toString()));
    Path errors = directory.resolve("errors.log");
    Process child = new ProcessBuilder(words).redirectError(errors.toFile()).start();
    String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(child.waitFor()).as("%s", Files.readString(errors)).isZero();
    return output.lines().toList();
  }

  /** Libraries in a home directory are closed to others. */
  private String readableClassPath() throws Exception {
    Path libraries = directory.resolve("lib");
    Files.createDirectories(libraries);
    List<String> entries = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(":")) {
      Path file = Path.of(entry);
      if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        Path copy = libraries.resolve(file.getFileName());
        if (!Files.exists(copy)) {
          Files.copy(file, copy);
        }
        entries.add(copy.toString());
      } else {
        entries.add(entry);
      }
    }
    return String.join(":", entries);
  }
}
