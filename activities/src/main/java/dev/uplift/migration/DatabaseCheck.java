package dev.uplift.migration;

import dev.uplift.host.StepContext;
import java.nio.file.Path;

/** What must hold for a database whose schema has been changed. */
public interface DatabaseCheck {

  /**
   * Thorough, since nobody waits.
   *
   * @throws dev.uplift.host.StepFailure {@code schema_wrong}
   */
  void afterRehearsal(StepContext context, Path database);

  /**
   * Quick, since the tenant is down.
   *
   * @throws dev.uplift.host.StepFailure {@code schema_wrong}
   */
  void afterMigration(StepContext context, Path database);

  /** Writes down how many rows there are, so that writes of users after the start can be told. */
  void noteRows(StepContext context, Path database);
}
