package dev.uplift.proof;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs a program in a process whose system calls fail, or kill it, where a test says so. */
public final class Strace {
  private Strace() {}

  public static void assumeThere() throws InterruptedException {
    boolean traces;
    try {
      traces = new ProcessBuilder("strace", "-f", "-o", "/dev/null", "true").start().waitFor() == 0;
    } catch (IOException notInstalled) {
      traces = false;
    }
    assumeThat(traces).as("strace is installed and may trace").isTrue();
  }

  /**
   * @param program with a main method
   * @param log what it called; its output goes to a file beside that
   * @return the program's exit code
   */
  public static int run(Class<?> program, List<String> arguments, Path log, String... options)
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
            program.getName()));
    words.addAll(arguments);
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
