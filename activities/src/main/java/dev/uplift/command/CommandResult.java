package dev.uplift.command;

import java.time.Duration;

/**
 * How a child ended.
 *
 * @param exitCode 128 + signal if a signal ended it
 * @param timedOut whether it was killed because its time was over
 * @param output standard output and error as they came, the last {@link #MAX_OUTPUT} characters
 */
public record CommandResult(int exitCode, boolean timedOut, String output, Duration took) {
  public static final int MAX_OUTPUT = 8 * 1024;

  public boolean succeeded() {
    return exitCode == 0 && !timedOut;
  }

  /** The last {@link #MAX_OUTPUT} characters; if something is cut off, whole lines are. */
  public static String tailOf(String output) {
    if (output.length() <= MAX_OUTPUT) {
      return output;
    }
    String tail = output.substring(output.length() - MAX_OUTPUT);
    // Half a URL would hide from whoever looks for a password in it.
    int firstLineEnd = tail.indexOf('\n');
    return firstLineEnd < 0 ? tail : tail.substring(firstLineEnd + 1);
  }
}
