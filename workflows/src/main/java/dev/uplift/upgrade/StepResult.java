package dev.uplift.upgrade;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What a step did.
 *
 * @param summary one line for people
 * @param output the tail of what its commands printed, at most 8 KiB; null if there were none
 * @param facts what later readers need of it; null where the step has nothing of that kind
 */
public record StepResult(String summary, String output, List<String> warnings, Facts facts) {

  public StepResult {
    warnings = warnings == null ? List.of() : List.copyOf(warnings);
    facts = facts == null ? Facts.NONE : facts;
  }

  public static StepResult of(String summary) {
    return new StepResult(summary, null, List.of(), Facts.NONE);
  }

  public StepResult withOutput(String output) {
    return new StepResult(summary, output, warnings, facts);
  }

  public StepResult withWarnings(List<String> warnings) {
    return new StepResult(summary, output, warnings, facts);
  }

  public StepResult withFacts(Facts facts) {
    return new StepResult(summary, output, warnings, facts);
  }

  /**
   * @param backupPath the backup that is kept (BackUpDatabase)
   * @param migrationsRun the scripts in the order in which they ran (RehearseMigrations,
   *     RunMigrations)
   * @param migrationsMillis how long the scripts ran, all together (RehearseMigrations)
   * @param notRehearsed why migrations that are there were not rehearsed (RehearseMigrations)
   * @param downtimeMillis last good answer to first good answer, over all services (CheckHealth)
   * @param committed what StopServices backwards found: the host had committed, so there is nothing
   *     to turn back
   * @param fingerprint the tenant's identity, before the upgrade (BackUpDatabase) or after the
   *     compensation (RestoreCode)
   * @param writesAfterStart rows changed per table between the start of the new release and its
   *     failure (RestoreDatabase)
   * @param failedDatabase where the failed database was put (RestoreDatabase)
   * @param decidedBy who decided to turn back: the workflow, or the host by itself (StopServices
   *     backwards)
   * @param neverBegun the host had not begun to stop the services, so there is nothing to put back
   *     (StopServices backwards)
   */
  public record Facts(
      String backupPath,
      List<String> migrationsRun,
      Long migrationsMillis,
      String notRehearsed,
      Long downtimeMillis,
      Boolean committed,
      String fingerprint,
      Map<String, Long> writesAfterStart,
      String failedDatabase,
      String decidedBy,
      Boolean neverBegun) {
    public static final Facts NONE =
        new Facts(null, null, null, null, null, null, null, null, null, null, null);

    public static Facts backup(String backupPath, String fingerprint) {
      return new Facts(
          backupPath, null, null, null, null, null, fingerprint, null, null, null, null);
    }

    public static Facts migrations(List<String> migrationsRun) {
      return new Facts(
          null, List.copyOf(migrationsRun), null, null, null, null, null, null, null, null, null);
    }

    public static Facts rehearsed(List<String> migrationsRun, Duration took) {
      return new Facts(
          null,
          List.copyOf(migrationsRun),
          took.toMillis(),
          null,
          null,
          null,
          null,
          null,
          null,
          null,
          null);
    }

    public static Facts notRehearsed(String why) {
      return new Facts(null, null, null, why, null, null, null, null, null, null, null);
    }

    public static Facts downtime(Long downtimeMillis) {
      return new Facts(null, null, null, null, downtimeMillis, null, null, null, null, null, null);
    }

    public static Facts turnedBackBy(String decidedBy) {
      return new Facts(null, null, null, null, null, false, null, null, null, decidedBy, null);
    }

    public static Facts neverBegun(String decidedBy) {
      return new Facts(null, null, null, null, null, false, null, null, null, decidedBy, true);
    }

    public static Facts alreadyCommitted(Long downtimeMillis) {
      return new Facts(null, null, null, null, downtimeMillis, true, null, null, null, null, null);
    }

    public static Facts restoredDatabase(
        Map<String, Long> writesAfterStart, String failedDatabase) {
      return new Facts(
          null, null, null, null, null, null, null, writesAfterStart, failedDatabase, null, null);
    }

    public static Facts fingerprint(String fingerprint) {
      return new Facts(null, null, null, null, null, null, fingerprint, null, null, null, null);
    }
  }
}
