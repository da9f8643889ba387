package dev.uplift.testhost;

/** How a command ended, and what it printed. */
public record CommandOutput(int exitCode, String out, String err) {
  public boolean succeeded() {
    return exitCode == 0;
  }

  /** Both streams. */
  public String text() {
    return out + err;
  }

  @Override
  public String toString() {
    return "exit code " + exitCode + "\n" + text();
  }
}
