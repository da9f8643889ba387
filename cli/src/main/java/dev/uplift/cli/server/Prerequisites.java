package dev.uplift.cli.server;

import dev.uplift.cli.console.CommandFailure;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What the machine must have, besides Java. */
public final class Prerequisites {
  private Prerequisites() {}

  /** For running a worker: its children live in sessions, under locks. */
  public static void ofWorker() throws InterruptedException {
    require(List.of("setsid", "--version"), "no 'setsid': install it (apt-get install util-linux)");
    require(List.of("flock", "--version"), "no 'flock': install it (apt-get install util-linux)");
  }

  /** For the sample tenants, which are Python. */
  public static void ofSandbox() throws InterruptedException {
    require(
        List.of("python3", "-c", "import sys; assert sys.version_info >= (3, 9)"),
        "no 'python3' of version 3.9 or newer: install it (apt-get install python3)");
    require(
        List.of("python3", "-c", "import ensurepip, sqlite3, venv"),
        "'python3' has no venv: install it (apt-get install python3-venv)");
  }

  private static void require(List<String> command, String orElse) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new CommandFailure("'" + String.join(" ", command) + "' does not end");
      }
      if (process.exitValue() == 0) {
        return;
      }
    } catch (IOException absent) {
      throw new CommandFailure(orElse, absent);
    }
    throw new CommandFailure(orElse);
  }
}
