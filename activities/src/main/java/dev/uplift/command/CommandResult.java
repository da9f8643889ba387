package dev.uplift.command;

import java.time.Duration;

/**
 * How a child ended.
 *
 * @param exitCode 128 + signal if a signal ended it
 * @param timedOut whether it was killed because its time was over
 * @param printed standard output and error as they came
 */
public record CommandResult(int exitCode, boolean timedOut, Printed printed, Duration took) {
  public static final int MAX_OUTPUT = 8 * 1024;

  /**
   * What a child printed. Not all of what is here can be shown: it may begin within a secret.
   *
   * @param end the last {@link #MAX_BYTES} of it
   * @param cutBytes how much came before that
   */
  public record Printed(String end, long cutBytes) {
    public static final int MAX_BYTES = 72 * 1024;
  }

  /** The last {@link #MAX_OUTPUT} characters of what it printed. */
  public String output() {
    return tailOf(printed.end());
  }

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
