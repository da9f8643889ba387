package dev.uplift.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.uplift.engine.SearchAttributes;
import dev.uplift.engine.TaskQueues;
import dev.uplift.ledger.LedgerWorkflowImpl;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.failure.ApplicationFailure;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

@Timeout(60)
class UpgradeWorkflowTest {
  private static final List<String> COMPENSATION =
      List.of(
          "back StopServices",
          "back RestoreDatabase",
          "back RestoreDependencies",
          "back RestoreCode",
          "back StartServices",
          "back CheckHealth");

  private static final String MACHINE = "0a1b2c3d";
  private static final String HOST_QUEUE = "uplift-host-one";
  private static final String CUTOVER_QUEUE = "uplift-host-one/cutover";
  private static final String MACHINE_QUEUE = "uplift-host-one/0a1b2c3d";

  private static final ScriptedHost host = new ScriptedHost();
  private static final RecordedReports recorded = new RecordedReports();
  private static TestWorkflowEnvironment engine;

  @BeforeAll
  static void startEngine() {
    engine =
        TestWorkflowEnvironment.newInstance(
            TestEnvironmentOptions.newBuilder()
                .registerSearchAttribute(
                    SearchAttributes.TENANT.getName(), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD)
                .registerSearchAttribute(
                    SearchAttributes.HOST.getName(), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD)
                .registerSearchAttribute(
                    SearchAttributes.RELEASE.getName(), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD)
                .registerSearchAttribute(
                    SearchAttributes.OUTCOME.getName(), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD)
                .build());
    engine
        .newWorker(TaskQueues.WORKFLOWS)
        .registerWorkflowImplementationTypes(UpgradeWorkflowImpl.class, LedgerWorkflowImpl.class);
    engine.newWorker(TaskQueues.API).registerActivitiesImplementations(recorded.recorder());
    for (String queue : List.of(HOST_QUEUE, CUTOVER_QUEUE, MACHINE_QUEUE)) {
      engine.newWorker(queue).registerActivitiesImplementations(host);
    }
    engine.start();
  }

  @AfterAll
  static void stopEngine() {
    engine.close();
  }

  @BeforeEach
  void forget() {
    host.reset();
    recorded.clear();
  }

  private static WorkflowStub start(UpgradePlan plan) {
    return start(engine, plan);
  }

  static WorkflowStub start(TestWorkflowEnvironment engine, UpgradePlan plan) {
    UpgradeWorkflow workflow =
        engine
            .getWorkflowClient()
            .newWorkflowStub(
                UpgradeWorkflow.class,
                WorkflowOptions.newBuilder()
                    .setWorkflowId(UpgradeWorkflow.idFor(plan.tenant().id()))
                    .setTaskQueue(TaskQueues.WORKFLOWS)
                    .build());
    WorkflowClient.start(workflow::upgrade, plan);
    return WorkflowStub.fromTyped(workflow);
  }

  private UpgradeReport succeeds(UpgradePlan plan) {
    return start(plan).getResult(UpgradeReport.class);
  }

  static UpgradeReport fails(WorkflowStub run, UpgradeStatus status) {
    WorkflowFailedException thrown =
        catchThrowableOfType(
            WorkflowFailedException.class, () -> run.getResult(UpgradeReport.class));
    assertThat(thrown).as("the run fails").isNotNull();
    ApplicationFailure failure = (ApplicationFailure) thrown.getCause();
    assertThat(failure.getType()).isEqualTo(status.code());
    return failure.getDetails().get(UpgradeReport.class);
  }

  @Test
  void aSuccessAnswersTheThirteenLinesInTheirOrder() {
    UpgradeReport report = succeeds(Samples.plan());

    assertThat(report.status()).isEqualTo(UpgradeStatus.SUCCESS);
    assertThat(report.previousVersion()).isEqualTo("v0.2.0");
    assertThat(report.newVersion()).isEqualTo("v0.3.0");
    assertThat(report.commit()).isEqualTo("17b3ab3");
    assertThat(report.changed()).isTrue();
    assertThat(report.downtimeMillis()).isEqualTo(812);
    assertThat(report.migrationsRun()).isEqualTo(Samples.SIX_SCRIPTS);
    assertThat(report.backupPath()).isEqualTo("/srv/acme/db/pocket.db.backup_1");
    assertThat(report.details())
        .containsExactly(
            "Stopping services...",
            "Services stopped",
            "Backing up database...",
            "Database backed up",
            "Fetching latest code...",
            "Checking out v0.3.0...",
            "Installing dependencies...",
            "Dependencies installed",
            "Running migrations...",
            "Ran 6 migrations",
            "Starting services...",
            "Services started",
            "Health check passed");
    assertThat(host.calls)
        .containsExactly(
            "InspectTenant",
            "FetchRelease",
            "StageDependencies",
            "RehearseMigrations",
            "StopServices",
            "BackUpDatabase",
            "CheckOutRelease",
            "InstallDependencies",
            "RunMigrations",
            "StartServices",
            "CheckHealth");
  }

  @Test
  void linesOfABackupAndOfMigrationsThatWereNotAskedForAreAbsent() {
    UpgradeReport report = succeeds(Samples.plan(new UpgradeOptions(false, false, false, null)));

    assertThat(report.details())
        .containsExactly(
            "Stopping services...",
            "Services stopped",
            "Fetching latest code...",
            "Checking out v0.3.0...",
            "Installing dependencies...",
            "Dependencies installed",
            "Starting services...",
            "Services started",
            "Health check passed");
  }

  @Test
  void aTenantAtTheTargetIsLeftAlone() {
    host.deployed =
        new Deployed(
            "v0.3.0", Samples.V030.tag(), Samples.NEW, Samples.PROFILE, true, List.of(), List.of());
    UpgradeReport report = succeeds(Samples.plan());

    assertThat(report.changed()).isFalse();
    assertThat(host.calls).containsExactly("InspectTenant", "FetchRelease");
  }

  @ParameterizedTest
  @EnumSource(
      names = {"INSPECT_TENANT", "FETCH_RELEASE", "STAGE_DEPENDENCIES", "REHEARSE_MIGRATIONS"})
  void aFailureInPreparationIsRejectedAndTouchesNothing(Step step) {
    host.fails(step, FailureKind.TAG_MISSING);
    UpgradeReport report = fails(start(Samples.plan()), UpgradeStatus.REJECTED);

    assertThat(report.failure().kind()).isEqualTo(FailureKind.TAG_MISSING);
    assertThat(report.failure().step()).isEqualTo(step.activity());
    assertThat(report.failure().evidence()).isEqualTo("evidence");
    assertThat(host.calls.get(host.calls.size() - 1)).isEqualTo(step.activity());
    assertThat(host.calls).doesNotContain("StopServices");
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "STOP_SERVICES",
        "BACK_UP_DATABASE",
        "CHECK_OUT_RELEASE",
        "INSTALL_DEPENDENCIES",
        "RUN_MIGRATIONS",
        "START_SERVICES",
        "CHECK_HEALTH"
      })
  void aFailureInCutoverIsCompensatedInTheFixedOrder(Step step) {
    host.fails(step, FailureKind.UNHEALTHY);
    UpgradeReport report = fails(start(Samples.plan()), UpgradeStatus.ROLLED_BACK);

    assertThat(report.failure().step()).isEqualTo(step.activity());
    assertThat(report.newVersion()).isEqualTo("v0.2.0");
    assertThat(report.targetVersion()).isEqualTo("v0.3.0");
    assertThat(report.commit()).isEqualTo("295fb7f");
    assertThat(report.fingerprints().equal()).isTrue();
    int failed = host.calls.indexOf(step.activity());
    assertThat(host.calls.subList(failed + 1, host.calls.size())).isEqualTo(COMPENSATION);
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.INCLUDE,
      names = {
        "STOP_SERVICES",
        "RESTORE_DATABASE",
        "RESTORE_DEPENDENCIES",
        "RESTORE_CODE",
        "START_SERVICES",
        "CHECK_HEALTH"
      })
  void aDefiniteFailureOfTheCompensationStopsItAndHoldsTheTenant(Step step) {
    host.fails(Step.RUN_MIGRATIONS, FailureKind.MIGRATION_FAILED);
    host.onBack(
        step, () -> ScriptedHost.fail(step, FailureKind.BACKUP_ALTERED, "first this", "then that"));
    UpgradeReport report = fails(start(Samples.plan()), UpgradeStatus.NEEDS_ATTENTION);

    assertThat(report.failure().kind()).isEqualTo(FailureKind.MIGRATION_FAILED);
    assertThat(report.heldFor().kind()).isEqualTo(FailureKind.BACKUP_ALTERED);
    assertThat(report.heldFor().step()).isEqualTo(step.activity());
    assertThat(report.runbook()).containsExactly("first this", "then that");
    assertThat(host.calls.get(host.calls.size() - 1)).isEqualTo("back " + step.activity());
  }

  @Test
  void theMachineThatInspectedCarriesOutAllStepsButTheOneThatEntersCutover() {
    host.deployed = Samples.V020.on(MACHINE);
    succeeds(Samples.plan());

    assertThat(host.queues)
        .containsExactly(
            HOST_QUEUE,
            MACHINE_QUEUE,
            MACHINE_QUEUE,
            MACHINE_QUEUE,
            CUTOVER_QUEUE,
            MACHINE_QUEUE,
            MACHINE_QUEUE,
            MACHINE_QUEUE,
            MACHINE_QUEUE,
            MACHINE_QUEUE,
            MACHINE_QUEUE);
  }

  @Test
  void aCompensationIsTheMachines() {
    host.deployed = Samples.V020.on(MACHINE);
    host.fails(Step.RUN_MIGRATIONS, FailureKind.MIGRATION_FAILED);
    fails(start(Samples.plan()), UpgradeStatus.ROLLED_BACK);

    int compensation = host.calls.indexOf(COMPENSATION.get(0));
    assertThat(host.queues.subList(compensation, host.queues.size())).containsOnly(MACHINE_QUEUE);
  }

  @Test
  void aHostThatDoesNotTellItsMachineIsAskedByItsNameAlone() {
    succeeds(Samples.plan());

    assertThat(host.queues).containsOnly(HOST_QUEUE);
  }

  @Test
  void aTenantThatAnotherMachineWouldStopIsRejectedAndNothingIsUndone() {
    host.deployed = Samples.V020.on(MACHINE);
    host.fails(Step.STOP_SERVICES, FailureKind.WRONG_HOST);
    UpgradeReport report = fails(start(Samples.plan()), UpgradeStatus.REJECTED);

    assertThat(report.failure().kind()).isEqualTo(FailureKind.WRONG_HOST);
    assertThat(host.calls).endsWith("StopServices");
  }

  @Test
  void aTenantWhoseServicesNobodyBeganToStopIsRejectedAndNothingIsUndone() {
    host.deployed = Samples.V020.on(MACHINE);
    host.fails(Step.STOP_SERVICES, FailureKind.DIRTY_CHECKOUT);
    host.onBack(
        Step.STOP_SERVICES,
        () -> StepResult.of("not begun").withFacts(StepResult.Facts.neverBegun("workflow")));
    UpgradeReport report = fails(start(Samples.plan()), UpgradeStatus.REJECTED);

    assertThat(report.failure().kind()).isEqualTo(FailureKind.DIRTY_CHECKOUT);
    assertThat(host.calls).endsWith("StopServices", "back StopServices");
  }

  @Test
  void aHostThatStoppedTheServicesAndForgotIsForAPerson() {
    host.fails(Step.RUN_MIGRATIONS, FailureKind.MIGRATION_FAILED);
    host.onBack(
        Step.STOP_SERVICES,
        () -> StepResult.of("not begun").withFacts(StepResult.Facts.neverBegun("workflow")));
    UpgradeReport report = fails(start(Samples.plan()), UpgradeStatus.NEEDS_ATTENTION);

    assertThat(report.failure().kind()).isEqualTo(FailureKind.MIGRATION_FAILED);
    assertThat(report.heldFor().message()).contains("no journal");
    assertThat(report.runbook()).isNotEmpty();
    assertThat(host.calls).endsWith("back StopServices");
  }

  @Test
  void whoEntersCutoverIsWaitedForLongerThanAWorkerDrains() {
    Duration drain = Duration.ofMinutes(30);

    assertThat(
            StepOptions.enteringCutover(Step.STOP_SERVICES, "any", Samples.plan().profile(), "")
                .getScheduleToStartTimeout())
        .isBetween(drain.plusMinutes(10), drain.plusMinutes(30));
  }

  @Test
  void aStopThatWasCutOffGoesOnOnItsMachine() {
    host.deployed = Samples.V020.on(MACHINE);
    host.onForward(
        Step.STOP_SERVICES,
        () -> {
          if (host.queues.get(host.queues.size() - 1).equals(CUTOVER_QUEUE)) {
            throw ApplicationFailure.newFailure("the worker ends", "any");
          }
          return StepResult.of("stopped");
        });
    UpgradeReport report = succeeds(Samples.plan());

    assertThat(host.calls.subList(4, 6)).containsExactly("StopServices", "StopServices");
    assertThat(host.queues.subList(4, 6)).containsExactly(CUTOVER_QUEUE, MACHINE_QUEUE);
    assertThat(report.steps()).hasSize(11);
  }

  @ParameterizedTest
  @EnumSource(
      names = {"INSPECT_TENANT", "FETCH_RELEASE", "STAGE_DEPENDENCIES", "REHEARSE_MIGRATIONS"})
  void aPreparationThatIsHandedOverBeginsAnewHoweverOften(Step step) {
    int times = 5;
    host.onForward(
        step,
        () -> {
          if (host.calls.stream().filter(step.activity()::equals).count() <= times) {
            throw ApplicationFailure.newFailure("replaced", StepFailures.HANDED_OVER);
          }
          return StepResult.of("done");
        });
    UpgradeReport report = succeeds(Samples.plan());

    assertThat(host.calls).filteredOn(step.activity()::equals).hasSize(times + 1);
    assertThat(report.steps()).hasSize(11);
  }

  @Test
  void aHostThatHadCommittedMakesTheUpgradeASuccess() {
    host.fails(Step.CHECK_HEALTH, FailureKind.STEP_FAILED);
    host.onBack(
        Step.STOP_SERVICES,
        () -> StepResult.of("committed").withFacts(StepResult.Facts.alreadyCommitted(640L)));
    UpgradeReport report = succeeds(Samples.plan());

    assertThat(report.status()).isEqualTo(UpgradeStatus.SUCCESS);
    assertThat(report.failure()).isNull();
    assertThat(report.downtimeMillis()).isEqualTo(640);
    assertThat(report.details()).endsWith("Health check passed");
    assertThat(host.calls).doesNotContain("back RestoreDatabase");
  }

  @Test
  void aCancelInPreparationRejects() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    host.onForward(Step.STAGE_DEPENDENCIES, () -> ScriptedHost.untilCancelled(begun));
    WorkflowStub run = start(Samples.plan());
    begun.await();
    run.update("cancel", Void.class, "wrong tenant");
    UpgradeReport report = fails(run, UpgradeStatus.REJECTED);

    assertThat(report.failure().kind()).isEqualTo(FailureKind.CANCELLED);
    assertThat(report.failure().evidence()).isEqualTo("wrong tenant");
    assertThat(host.calls).doesNotContain("StopServices");
  }

  @Test
  void aCancelInCutoverCompensates() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    host.onForward(Step.RUN_MIGRATIONS, () -> ScriptedHost.untilCancelled(begun));
    WorkflowStub run = start(Samples.plan());
    begun.await();
    run.update("cancel", Void.class, "too slow");
    UpgradeReport report = fails(run, UpgradeStatus.ROLLED_BACK);

    assertThat(report.failure().kind()).isEqualTo(FailureKind.CANCELLED);
    assertThat(host.calls).endsWith(COMPENSATION.toArray(String[]::new));
  }

  @Test
  void aCancelWhileTurningBackIsRefused() throws Exception {
    CountDownLatch turningBack = new CountDownLatch(1);
    CountDownLatch refused = new CountDownLatch(1);
    host.fails(Step.RUN_MIGRATIONS, FailureKind.MIGRATION_FAILED);
    host.onBack(
        Step.RESTORE_DATABASE,
        () -> {
          turningBack.countDown();
          await(refused);
          return StepResult.of("restored");
        });
    WorkflowStub run = start(Samples.plan());
    turningBack.await();
    assertThatThrownBy(() -> run.update("cancel", Void.class, "please"))
        .rootCause()
        .hasMessageContaining("too late to cancel");
    refused.countDown();
    fails(run, UpgradeStatus.ROLLED_BACK);
  }

  @Test
  void aCancelInTheTemporalUiCompensatesAndIsRecorded() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    host.onForward(Step.RUN_MIGRATIONS, () -> ScriptedHost.untilCancelled(begun));
    UpgradePlan plan = Samples.plan();
    WorkflowStub run = start(plan);
    begun.await();
    run.cancel();
    UpgradeReport report = recorded.of(plan.upgradeId());
    awaitEnd(run);

    assertThat(report.status()).isEqualTo(UpgradeStatus.ROLLED_BACK);
    assertThat(host.calls).endsWith(COMPENSATION.toArray(String[]::new));
  }

  @ParameterizedTest
  @EnumSource(UpgradeStatus.class)
  void everyOutcomeReachesTheLedger(UpgradeStatus status) throws Exception {
    switch (status) {
      case SUCCESS -> {}
      case REJECTED -> host.fails(Step.INSPECT_TENANT, FailureKind.DISK_FULL);
      case ROLLED_BACK -> host.fails(Step.CHECK_HEALTH, FailureKind.UNHEALTHY);
      case NEEDS_ATTENTION -> {
        host.fails(Step.CHECK_HEALTH, FailureKind.UNHEALTHY);
        host.onBack(
            Step.CHECK_HEALTH, () -> ScriptedHost.fail(Step.CHECK_HEALTH, FailureKind.UNHEALTHY));
      }
    }
    UpgradePlan plan = Samples.plan();
    WorkflowStub run = start(plan);

    assertThat(recorded.of(plan.upgradeId()).status()).isEqualTo(status);
    awaitEnd(run);
  }

  /** The ledger may know of it before: the next run of this tenant cannot be started until then. */
  static void awaitEnd(WorkflowStub run) {
    try {
      run.getResult(UpgradeReport.class);
    } catch (WorkflowFailedException asItMay) {
      // How it ended is in the ledger.
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
