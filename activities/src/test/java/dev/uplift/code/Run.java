package dev.uplift.code;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Programs that tests prepare their world with. */
final class Run {
  private Run() {}

  static String succeeding(Path directory, List<String> command) throws IOException {
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    try {
      if (process.waitFor() != 0) {
        throw new AssertionError(command + " failed:\n" + output);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return output;
  }
}
