package dev.uplift.sandbox;

import dev.uplift.command.ChildEnvironment;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A command line tool that has to succeed: git, Python, cp. */
record Tool(Path directory, Map<String, String> environment, List<String> words) {

  static Tool in(Path directory, Map<String, String> environment, String... words) {
    return new Tool(directory, environment, List.of(words));
  }

  /**
   * Runs to the end.
   *
   * @return what it printed
   * @throws SandboxException if it is not there or does not end with 0
   */
  String run() {
    Result result = runToEnd();
    if (result.exitCode() != 0) {
      throw new SandboxException(
          "'%s' ended with %d: %s"
              .formatted(String.join(" ", words), result.exitCode(), result.output().strip()));
    }
    return result.output();
  }

  /** Runs to the end, whatever that is. */
  Result runToEnd() {
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .directory(directory.toFile())
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().putAll(ChildEnvironment.forInstallers(System.getenv()));
    builder.environment().putAll(environment);
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new SandboxException(words.get(0) + " cannot be run; is it installed?", e);
    }
    try {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Result(process.waitFor(), output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException("interrupted", e);
    } finally {
      process.destroyForcibly();
    }
  }

  record Result(int exitCode, String output) {}
}
