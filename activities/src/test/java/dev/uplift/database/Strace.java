package dev.uplift.database;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs a step in a process whose system calls fail, or kill it, where a test says so. */
final class Strace {
  private Strace() {}

  static void assumeThere() throws InterruptedException {
    boolean traces;
    try {
      traces = new ProcessBuilder("strace", "-f", "-o", "/dev/null", "true").start().waitFor() == 0;
    } catch (IOException notInstalled) {
      traces = false;
    }
    assumeThat(traces).as("strace is installed and may trace").isTrue();
  }

  /**
   * @return the step's exit code, see {@link StepProcess}
   */
  static int run(String step, Path home, Path log, String... options)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of("strace", "-f", "-o", log.toString()));
    words.addAll(List.of(options));
    words.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "-cp",
            System.getProperty("java.class.path"),
            StepProcess.class.getName(),
            step,
            home.toString()));
    Process child =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(log.resolveSibling("output.log").toFile())
            .start();
    try {
      return child.waitFor();
    } finally {
      child.destroyForcibly();
    }
  }
}
