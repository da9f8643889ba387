package dev.uplift.upgrade;

/** The steps of upgrades and rollbacks, under the names that the Temporal UI shows. */
public enum Step {
  INSPECT_TENANT("InspectTenant"),
  FETCH_RELEASE("FetchRelease"),
  INSPECT_ROLLBACK("InspectRollback"),
  STAGE_DEPENDENCIES("StageDependencies"),
  REHEARSE_MIGRATIONS("RehearseMigrations"),
  STOP_SERVICES("StopServices"),
  BACK_UP_DATABASE("BackUpDatabase"),
  CHECK_OUT_RELEASE("CheckOutRelease"),
  INSTALL_DEPENDENCIES("InstallDependencies"),
  RUN_MIGRATIONS("RunMigrations"),
  REINSTATE_DATABASE("ReinstateDatabase"),
  START_SERVICES("StartServices"),
  CHECK_HEALTH("CheckHealth"),
  RESTORE_DATABASE("RestoreDatabase"),
  RESTORE_DEPENDENCIES("RestoreDependencies"),
  RESTORE_CODE("RestoreCode");

  private final String activity;

  Step(String activity) {
    this.activity = activity;
  }

  static Step named(String activity) {
    for (Step step : values()) {
      if (step.activity.equals(activity)) {
        return step;
      }
    }
    throw new IllegalArgumentException("no step is named " + activity);
  }

  /** The activity type. */
  public String activity() {
    return activity;
  }

  /** Whether the tenant serves before, during and after this step, and nothing of it is changed. */
  public boolean isPreparation() {
    return ordinal() <= REHEARSE_MIGRATIONS.ordinal();
  }
}
