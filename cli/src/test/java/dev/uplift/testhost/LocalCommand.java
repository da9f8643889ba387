package dev.uplift.testhost;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A command on the machine that the tests run on. */
public record LocalCommand(List<String> words) {
  public static LocalCommand of(String... words) {
    return new LocalCommand(List.of(words));
  }

  public static boolean isInstalled(String program) throws InterruptedException {
    return of("sh", "-c", "command -v \"$0\"", program).run(Duration.ofSeconds(10)).succeeded();
  }

  /**
   * Runs to the end.
   *
   * @throws IllegalStateException if it takes longer; it is killed then
   */
  public CommandOutput run(Duration timeout) throws InterruptedException {
    try {
      Path out = Files.createTempFile("command", ".out");
      Path err = Files.createTempFile("command", ".err");
      try {
        Process process =
            new ProcessBuilder(words)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
          process.descendants().forEach(ProcessHandle::destroyForcibly);
          process.destroyForcibly().waitFor();
          throw new IllegalStateException(
              "'%s' did not end within %s: %s%s"
                  .formatted(String.join(" ", words), timeout, text(out), text(err)));
        }
        return new CommandOutput(process.exitValue(), text(out), text(err));
      } finally {
        Files.delete(out);
        Files.delete(err);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Runs to the end, which has to be a good one.
   *
   * @return what it printed
   */
  public String mustRun(Duration timeout) throws InterruptedException {
    CommandOutput output = run(timeout);
    if (output.exitCode() != 0) {
      throw new IllegalStateException("'" + String.join(" ", words) + "': " + output);
    }
    return output.out();
  }

  private static String text(Path file) throws IOException {
    // Not every program prints UTF-8, and what is shown of it need not be exact.
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }
}
