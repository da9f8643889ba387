package dev.uplift.faults;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Programs of this machine. */
final class Shell {
  private Shell() {}

  /**
   * Runs a program that has to succeed.
   *
   * @return what it printed
   */
  static String run(String... words) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", words) + ": " + output);
    }
    return output;
  }
}
