package dev.uplift.database;

import dev.uplift.host.Cancellation;
import dev.uplift.host.StepFailure;
import dev.uplift.host.TenantPaths;
import dev.uplift.upgrade.FailureKind;
import java.nio.file.Path;
import java.util.List;

/**
 * The database's part of a tenant's fingerprint: equal before and after when nothing that is
 * stored, no setting and no permission differs.
 */
public final class DatabaseIdentity {
  private DatabaseIdentity() {}

  /** Of a database that nobody has open. */
  public static String of(Path database) {
    return of(new TenantPaths(database.getParent(), database), List.of());
  }

  /** Of a database that nobody has open, and the state files that go with it. */
  public static String of(TenantPaths paths, List<String> state) {
    DatabaseLocation.require(paths);
    SqliteFile database = new SqliteFile(paths.database());
    return DatabaseFailure.translated(
        database.path(),
        () -> {
          if (database.hasUnsettledSidecar()) {
            throw new StepFailure(
                FailureKind.STEP_FAILED,
                "The database " + database.path() + " was not closed properly.",
                "A part of what was committed is still in " + database.sidecars() + ".",
                "Quiesce it before it is compared.");
          }
          DatabaseDigest digest = DatabaseDigest.of(database.path(), Cancellation.NEVER);
          return describe(
              database.journalMode(),
              digest.contentSha256(),
              Ownership.of(database.path()),
              StateFile.readAll(paths.checkout(), state));
        });
  }

  // User version, application id, page size, encoding and auto-vacuum are in the hashed content.
  static String describe(
      JournalMode journalMode, String contentSha256, Ownership ownership, List<StateFile> state) {
    StringBuilder identity =
        new StringBuilder()
            .append(contentSha256)
            .append(' ')
            .append(journalMode.pragma())
            .append(' ')
            .append(ownership);
    state.forEach(file -> identity.append("; ").append(file));
    return identity.toString();
  }
}
