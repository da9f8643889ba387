package dev.uplift.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
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
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class RollbackWorkflowTest {
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
    TestEnvironmentOptions.Builder options = TestEnvironmentOptions.newBuilder();
    for (var attribute :
        List.of(
            SearchAttributes.TENANT,
            SearchAttributes.HOST,
            SearchAttributes.RELEASE,
            SearchAttributes.OUTCOME)) {
      options.registerSearchAttribute(
          attribute.getName(), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD);
    }
    engine = TestWorkflowEnvironment.newInstance(options.build());
    engine
        .newWorker(TaskQueues.WORKFLOWS)
        .registerWorkflowImplementationTypes(RollbackWorkflowImpl.class, LedgerWorkflowImpl.class);
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
    host.deployed = Samples.AFTER_THE_UPGRADE;
    recorded.clear();
  }

  private static WorkflowStub start(UpgradePlan plan) {
    RollbackWorkflow workflow =
        engine
            .getWorkflowClient()
            .newWorkflowStub(
                RollbackWorkflow.class,
                WorkflowOptions.newBuilder()
                    .setWorkflowId(UpgradeWorkflow.idFor(plan.tenant().id()))
                    .setTaskQueue(TaskQueues.WORKFLOWS)
                    .build());
    WorkflowClient.start(workflow::rollback, plan);
    return WorkflowStub.fromTyped(workflow);
  }

  private static UpgradeReport fails(WorkflowStub run, UpgradeStatus status) {
    WorkflowFailedException thrown =
        catchThrowableOfType(
            WorkflowFailedException.class, () -> run.getResult(UpgradeReport.class));
    assertThat(thrown).as("the run fails").isNotNull();
    ApplicationFailure failure = (ApplicationFailure) thrown.getCause();
    assertThat(failure.getType()).isEqualTo(status.code());
    return failure.getDetails().get(UpgradeReport.class);
  }

  @Test
  void aSuccessGoesToTheEarlierReleaseAndSaysWhatWasGivenUp() throws Exception {
    UpgradePlan plan = Samples.rollbackPlan();
    UpgradeReport report = start(plan).getResult(UpgradeReport.class);

    assertThat(report.status()).isEqualTo(UpgradeStatus.SUCCESS);
    assertThat(report.operation()).isEqualTo(Operation.ROLLBACK);
    assertThat(report.ofUpgrade()).isEqualTo(plan.ofUpgrade());
    assertThat(report.previousVersion()).isEqualTo("v0.3.0");
    assertThat(report.newVersion()).isEqualTo("v0.2.0");
    assertThat(report.commit()).isEqualTo("295fb7f");
    assertThat(report.changed()).isTrue();
    assertThat(report.migrationsRun()).isEmpty();
    assertThat(report.backupPath()).isEqualTo("/srv/acme/db/pocket.db.backup_1");
    assertThat(report.downtimeMillis()).isEqualTo(812);
    assertThat(report.warnings())
        .singleElement()
        .asString()
        .contains("given up", "/srv/acme/db/pocket.db.backup_1");
    assertThat(report.details())
        .containsExactly(
            "Stopping services...",
            "Services stopped",
            "Backing up database...",
            "Database backed up",
            "Checking out v0.2.0...",
            "Installing dependencies...",
            "Dependencies installed",
            "Putting the database of v0.2.0 back...",
            "Database put back",
            "Starting services...",
            "Services started",
            "Health check passed");
    assertThat(host.calls)
        .containsExactly(
            "InspectTenant",
            "InspectRollback",
            "StageDependencies",
            "StopServices",
            "BackUpDatabase",
            "CheckOutRelease",
            "InstallDependencies",
            "ReinstateDatabase",
            "StartServices",
            "CheckHealth");
    assertThat(recorded.of(report.upgradeId())).isEqualTo(report);
  }

  @ParameterizedTest
  @EnumSource(names = {"INSPECT_TENANT", "INSPECT_ROLLBACK", "STAGE_DEPENDENCIES"})
  void aFailureInPreparationIsRejectedAndTouchesNothing(Step step) {
    host.fails(step, FailureKind.NOTHING_TO_ROLL_BACK);
    UpgradeReport report = fails(start(Samples.rollbackPlan()), UpgradeStatus.REJECTED);

    assertThat(report.failure().kind()).isEqualTo(FailureKind.NOTHING_TO_ROLL_BACK);
    assertThat(report.failure().step()).isEqualTo(step.activity());
    assertThat(report.warnings()).isEmpty();
    assertThat(host.calls).endsWith(step.activity()).doesNotContain("StopServices");
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "STOP_SERVICES",
        "BACK_UP_DATABASE",
        "CHECK_OUT_RELEASE",
        "INSTALL_DEPENDENCIES",
        "REINSTATE_DATABASE",
        "START_SERVICES",
        "CHECK_HEALTH"
      })
  void aFailureInCutoverIsCompensatedToTheReleaseThatWasThere(Step step) {
    host.fails(step, FailureKind.UNHEALTHY);
    UpgradeReport report = fails(start(Samples.rollbackPlan()), UpgradeStatus.ROLLED_BACK);

    assertThat(report.failure().step()).isEqualTo(step.activity());
    assertThat(report.newVersion()).isEqualTo("v0.3.0");
    assertThat(report.targetVersion()).isEqualTo("v0.2.0");
    assertThat(report.fingerprints().equal()).isTrue();
    assertThat(report.changed()).isFalse();
    assertThat(report.warnings()).isEmpty();
    int failed = host.calls.indexOf(step.activity());
    assertThat(host.calls.subList(failed + 1, host.calls.size())).isEqualTo(COMPENSATION);
  }

  @Test
  void aRollbackOfADamagedBackupThatCannotBeUndoneHoldsTheTenant() {
    host.fails(Step.REINSTATE_DATABASE, FailureKind.BACKUP_ALTERED);
    host.onBack(
        Step.RESTORE_DATABASE,
        () -> ScriptedHost.fail(Step.RESTORE_DATABASE, FailureKind.BACKUP_ALTERED, "first this"));
    UpgradeReport report = fails(start(Samples.rollbackPlan()), UpgradeStatus.NEEDS_ATTENTION);

    assertThat(report.failure().step()).isEqualTo("ReinstateDatabase");
    assertThat(report.heldFor().step()).isEqualTo("RestoreDatabase");
    assertThat(report.runbook()).containsExactly("first this");
  }

  @Test
  void aHostThatHadCommittedMakesTheRollbackASuccess() {
    host.fails(Step.CHECK_HEALTH, FailureKind.STEP_FAILED);
    host.onBack(
        Step.STOP_SERVICES,
        () -> StepResult.of("committed").withFacts(StepResult.Facts.alreadyCommitted(640L)));
    UpgradeReport report = start(Samples.rollbackPlan()).getResult(UpgradeReport.class);

    assertThat(report.newVersion()).isEqualTo("v0.2.0");
    assertThat(report.changed()).isTrue();
    assertThat(report.warnings()).singleElement().asString().contains("given up");
  }

  @Test
  void theWayIntoCutoverIsThatOfAnUpgrade() {
    host.deployed = Samples.AFTER_THE_UPGRADE.on(MACHINE);
    start(Samples.rollbackPlan()).getResult(UpgradeReport.class);

    assertThat(host.queues.subList(0, 5))
        .containsExactly(HOST_QUEUE, MACHINE_QUEUE, MACHINE_QUEUE, CUTOVER_QUEUE, MACHINE_QUEUE);
    assertThat(host.queues.subList(5, host.queues.size())).containsOnly(MACHINE_QUEUE);
  }

  @Test
  void aCancelInCutoverCompensates() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    host.onForward(Step.REINSTATE_DATABASE, () -> ScriptedHost.untilCancelled(begun));
    WorkflowStub run = start(Samples.rollbackPlan());
    begun.await();
    run.update("cancel", Void.class, "the other tenant was meant");
    UpgradeReport report = fails(run, UpgradeStatus.ROLLED_BACK);

    assertThat(report.failure().kind()).isEqualTo(FailureKind.CANCELLED);
    assertThat(report.failure().evidence()).isEqualTo("the other tenant was meant");
    assertThat(host.calls).endsWith(COMPENSATION.toArray(String[]::new));
  }
}
