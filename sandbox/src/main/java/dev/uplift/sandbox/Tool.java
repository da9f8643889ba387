package dev.uplift.sandbox;

import dev.uplift.command.ChildEnvironment;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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

  /**
   * Runs to the end, whatever that is.
   *
   * @throws SandboxException if this thread is interrupted; what was begun is killed then
   */
  Result runToEnd() {
    try {
      // A pipe would be read to its end, which an interruption does not cut short.
      Path output = Files.createTempFile("tool", ".out");
      try {
        int exitCode = runToEnd(output);
        return new Result(exitCode, new String(Files.readAllBytes(output), StandardCharsets.UTF_8));
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private int runToEnd(Path output) {
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .directory(directory.toFile())
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
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
      return process.waitFor();
    } catch (InterruptedException e) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new SandboxException("interrupted", e);
    }
  }

  record Result(int exitCode, String output) {}
}
