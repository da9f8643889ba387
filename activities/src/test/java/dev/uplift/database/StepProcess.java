package dev.uplift.database;

import java.nio.file.Path;

/** A step in a process of its own, so that a test can kill it. */
final class StepProcess {
  private StepProcess() {}

  public static void main(String[] words) {
    StoppedTenant tenant = StoppedTenant.at(Path.of(words[1])).withState("version.txt");
    switch (words[0]) {
      case "backUp" -> tenant.backUp();
      case "restore" -> tenant.restore();
      default -> throw new IllegalArgumentException(words[0]);
    }
  }
}
