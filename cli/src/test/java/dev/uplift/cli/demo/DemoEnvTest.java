package dev.uplift.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.cli.client.Connection;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoEnvTest {
  @TempDir private Path directory;

  @Test
  void aShellCanReadItAndOtherUsersCannot() throws IOException, InterruptedException {
    Path file = directory.resolve("new/demo.env");
    DemoEnv.write(file, new Connection(URI.create("http://localhost:1"), "uplift_old"));
    DemoEnv.write(file, new Connection(URI.create("http://localhost:32201"), "uplift_a-b_c"));

    Process shell =
        new ProcessBuilder("sh", "-c", ". \"$0\"; echo \"$UPLIFT_URL $UPLIFT_TOKEN\"", file + "")
            .start();
    assertThat(shell.inputReader().readLine()).isEqualTo("http://localhost:32201 uplift_a-b_c");
    assertThat(shell.waitFor()).isZero();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }
}
