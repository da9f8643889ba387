package dev.uplift.host;

import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.util.Optional;

/**
 * The identity of a tenant at rest: code, dependencies, and the database with its settings. Taken
 * when the database has been backed up, compared after the compensation and before the services are
 * started.
 */
public final class Fingerprint {
  static final String BEFORE = "fingerprint_before";

  /** Reads one part of a stopped tenant's identity. */
  public interface Part {
    String of(StepInput input);
  }

  private final Part code;
  private final Part dependencies;
  private final Part database;

  public Fingerprint(Part code, Part dependencies, Part database) {
    this.code = code;
    this.dependencies = dependencies;
    this.database = database;
  }

  /** The backup has read the whole database just now: its word is taken, the tenant is down. */
  String before(StepInput input, StepResult backup) {
    return whole(input, backup.facts().fingerprint());
  }

  /**
   * The fingerprint now; equal to that before, or it throws. Where no backup was completed nothing
   * had been written: there is nothing to compare, and code and dependencies were not reached
   * either.
   */
  String requireEqual(StepInput input, StepContext context) {
    Optional<String> before = context.notes().get(BEFORE);
    if (before.isEmpty()) {
      return null;
    }
    String after = whole(input, database.of(input));
    if (!after.equals(before.get())) {
      throw new StepFailure(
          FailureKind.STEP_FAILED,
          "After the compensation the tenant is not what it was.",
          "before: " + before.get() + "\nafter:  " + after,
          "Compare both lines: the part that differs was not put back.");
    }
    return after;
  }

  private String whole(StepInput input, String databaseIdentity) {
    return "code "
        + code.of(input)
        + "; dependencies "
        + dependencies.of(input)
        + "; database "
        + databaseIdentity;
  }
}
