package dev.uplift.faults;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The sources that are tested. */
final class Sources {
  private Sources() {}

  /** The checked out commit; with {@code -dirty} if a file of git was changed since. */
  static String commit() throws IOException {
    String commit = git("rev-parse", "--short=12", "HEAD");
    return git("status", "--porcelain", "--untracked-files=no").isEmpty()
        ? commit
        : commit + "-dirty";
  }

  private static String git(String... words) throws IOException {
    String[] command = new String[words.length + 3];
    System.arraycopy(new String[] {"git", "-c", "safe.directory=*"}, 0, command, 0, 3);
    System.arraycopy(words, 0, command, 3, words.length);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      return process.waitFor() == 0 ? output.strip() : "unknown";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }
}
