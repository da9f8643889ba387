package dev.uplift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class CompletionIT {
  private static final Path UPLIFT = Path.of("target", "dist", "uplift").toAbsolutePath();
  @TempDir Path directory;

  @Test
  void bashUnderstandsAllOfIt() throws Exception {
    Path script = directory.resolve("completion.bash");

    assertThat(run(script, UPLIFT.toString(), "completion")).isZero();

    Path complaints = directory.resolve("complaints");
    assertThat(run(complaints, "bash", "-n", script.toString()))
        .as(Files.readString(complaints))
        .isZero();
    assertThat(Files.readString(script)).contains("complete -F _complete_uplift");
  }

  @Test
  void whatCannotBePrintedIsNotDone() throws Exception {
    assertThat(run(Path.of("/dev/full"), UPLIFT.toString(), "--version")).isOne();
  }

  private static int run(Path output, String... command) throws Exception {
    return new ProcessBuilder(List.of(command))
        .redirectOutput(output.toFile())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }
}
