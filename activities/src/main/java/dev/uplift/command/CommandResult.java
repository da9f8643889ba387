package dev.uplift.command;

import java.time.Duration;

/**
 * How a child ended.
 *
 * @param exitCode 128 + signal if a signal ended it
 * @param timedOut whether it was killed because its time was over
 * @param output standard output and error as they came, the last 8 KiB
 */
public record CommandResult(int exitCode, boolean timedOut, String output, Duration took) {
  public boolean succeeded() {
    return exitCode == 0 && !timedOut;
  }
}
