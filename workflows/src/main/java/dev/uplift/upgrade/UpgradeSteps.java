package dev.uplift.upgrade;

import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;

/**
 * The steps of upgrades and rollbacks, carried out on the tenant's host.
 *
 * <p>Every step may run twice, be killed anywhere and overlap a slower earlier attempt: the host's
 * journal decides what is left to do. A step that fails for good throws an {@code
 * ApplicationFailure} whose type is {@link StepFailures#TYPE} and whose detail is a {@link
 * Failure}; nothing but time-outs and worker shutdowns is retried.
 */
@ActivityInterface
public interface UpgradeSteps {

  /**
   * Reads everything that can refuse an upgrade, and the release to which turning back would
   * return.
   */
  @ActivityMethod(name = "InspectTenant")
  Deployed inspectTenant(UpgradePlan plan);

  /** Resolves the tag, fetches it into the host's mirror of the upstream and checks its tree. */
  @ActivityMethod(name = "FetchRelease")
  Release fetchRelease(FetchInput input);

  /**
   * In the place of FetchRelease when an upgrade is rolled back: finds what it had left, its backup
   * above all, and the release that the tenant had before it.
   */
  @ActivityMethod(name = "InspectRollback")
  Release inspectRollback(FetchInput input);

  /** Builds the release's dependency sets beside the live ones. */
  @ActivityMethod(name = "StageDependencies")
  StepResult stageDependencies(StepInput input);

  /** Runs the release's migrations on a snapshot of the tenant's own database, confined. */
  @ActivityMethod(name = "RehearseMigrations")
  StepResult rehearseMigrations(StepInput input);

  /**
   * Guards the tenant, stops its services and proves them stopped. Backwards it is the first step:
   * it decides, in the host's journal, that the upgrade turns back, unless the host has already
   * committed.
   */
  @ActivityMethod(name = "StopServices")
  StepResult stopServices(StepInput input);

  @ActivityMethod(name = "BackUpDatabase")
  StepResult backUpDatabase(StepInput input);

  @ActivityMethod(name = "CheckOutRelease")
  StepResult checkOutRelease(StepInput input);

  @ActivityMethod(name = "InstallDependencies")
  StepResult installDependencies(StepInput input);

  @ActivityMethod(name = "RunMigrations")
  StepResult runMigrations(StepInput input);

  /** In the place of RunMigrations: puts the backup that InspectRollback found back, by a copy. */
  @ActivityMethod(name = "ReinstateDatabase")
  StepResult reinstateDatabase(StepInput input);

  @ActivityMethod(name = "StartServices")
  StepResult startServices(StepInput input);

  /** Forward, its last act is the commit: from then on nothing is restored automatically. */
  @ActivityMethod(name = "CheckHealth")
  StepResult checkHealth(StepInput input);

  @ActivityMethod(name = "RestoreDatabase")
  StepResult restoreDatabase(StepInput input);

  @ActivityMethod(name = "RestoreDependencies")
  StepResult restoreDependencies(StepInput input);

  @ActivityMethod(name = "RestoreCode")
  StepResult restoreCode(StepInput input);
}
