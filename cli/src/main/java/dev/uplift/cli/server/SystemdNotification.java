package dev.uplift.cli.server;

import dev.uplift.cli.console.CommandFailure;
import java.io.IOException;
import java.util.Map;

/** Tells systemd how far this process is, if it is a unit that is waited for. */
final class SystemdNotification {
  private SystemdNotification() {}

  static void ready(Map<String, String> environment) throws InterruptedException {
    if (environment.get("NOTIFY_SOCKET") == null) {
      return;
    }
    try {
      // Java has no datagrams to a path.
      int exitCode = new ProcessBuilder("systemd-notify", "--ready").inheritIO().start().waitFor();
      if (exitCode != 0) {
        throw new CommandFailure("systemd-notify ended with " + exitCode);
      }
    } catch (IOException absent) {
      throw new CommandFailure("systemd cannot be told that this is ready", absent);
    }
  }
}
