package dev.uplift.database;

import dev.uplift.host.StepFailure;
import java.nio.file.Path;

/** A step in a process of its own, so that a test can kill it. */
final class StepProcess {
  private StepProcess() {}

  static final int STEP_FAILED = 3;

  public static void main(String[] words) throws Exception {
    StoppedTenant tenant = StoppedTenant.at(Path.of(words[1])).withState("version.txt");
    try {
      switch (words[0]) {
        case "backUp" -> tenant.backUp();
        case "restore" -> tenant.restore();
        case "reinstate" -> RolledBackTenant.at(Path.of(words[1])).reinstate();
        case "backUpWithoutDirectorySync" -> WrongSteps.withoutDirectorySync(tenant);
        case "restoreWithoutSync" -> WrongSteps.withoutSync(tenant);
        case "delete" -> {
          for (StoredDatabase listed : tenant.stored().list()) {
            tenant.stored().delete(listed);
          }
        }
        default -> throw new IllegalArgumentException(words[0]);
      }
    } catch (StepFailure failure) {
      System.out.println(failure.kind().code());
      System.exit(STEP_FAILED);
    }
  }
}
