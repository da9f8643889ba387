package dev.uplift.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.uplift.engine.SearchAttributes;
import dev.uplift.engine.TaskQueues;
import dev.uplift.ledger.LedgerWorkflowImpl;
import dev.uplift.ledger.ReleaseRecorder;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.client.WorkflowExecutionAlreadyStarted;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.failure.ApplicationFailure;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HeldWorkflowsTest {
  private static final String HOST_QUEUE = "uplift-host-one";
  private static final String MACHINE_QUEUE = "uplift-host-one/0a1b2c3d";
  private static final ScriptedHost host = new ScriptedHost();
  private static final RecordedReports reports = new RecordedReports();
  private static final BlockingQueue<ReleasedTenant> releases = new LinkedBlockingQueue<>();
  private static Supplier<StepInput> reopened;
  private static Supplier<ReleasedTenant> released;
  private static TestWorkflowEnvironment engine;

  private static final class HeldHost implements HeldSteps {
    @Override
    public StepInput reopenUpgrade(UpgradePlan plan) {
      return reopened.get();
    }

    @Override
    public ReleasedTenant releaseTenant(ReleaseOrder order) {
      return released.get();
    }
  }

  @BeforeAll
  static void startEngine() {
    TestEnvironmentOptions.Builder options = TestEnvironmentOptions.newBuilder();
    Stream.of(SearchAttributes.TENANT, SearchAttributes.HOST, SearchAttributes.OUTCOME)
        .forEach(
            key ->
                options.registerSearchAttribute(
                    key.getName(), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD));
    engine = TestWorkflowEnvironment.newInstance(options.build());
    engine
        .newWorker(TaskQueues.WORKFLOWS)
        .registerWorkflowImplementationTypes(
            ResumeWorkflowImpl.class, ReleaseWorkflowImpl.class, LedgerWorkflowImpl.class);
    engine
        .newWorker(TaskQueues.API)
        .registerActivitiesImplementations(reports.recorder(), (ReleaseRecorder) releases::add);
    engine.newWorker(HOST_QUEUE).registerActivitiesImplementations(new HeldHost());
    engine.newWorker(MACHINE_QUEUE).registerActivitiesImplementations(host);
    engine.start();
  }

  @AfterAll
  static void stopEngine() {
    engine.close();
  }

  private UpgradePlan upgrade;
  private UpgradePlan plan;

  @BeforeEach
  void forget() {
    host.reset();
    reports.clear();
    releases.clear();
    upgrade = Samples.plan();
    plan =
        new UpgradePlan(
            UUID.randomUUID(),
            UpgradePlan.PROTOCOL,
            upgrade.tenant(),
            upgrade.profile(),
            null,
            null,
            new UpgradeOptions(true, true, false, "disk replaced"),
            "ops",
            Operation.RESUME,
            upgrade.upgradeId());
    reopened =
        () -> new StepInput(upgrade, Samples.V020.on("0a1b2c3d"), Samples.V030, Direction.BACK);
  }

  private WorkflowStub start(Class<?> workflow, Object input) {
    WorkflowStub run =
        engine
            .getWorkflowClient()
            .newUntypedWorkflowStub(
                workflow.getSimpleName(),
                WorkflowOptions.newBuilder()
                    .setWorkflowId(UpgradeWorkflow.idFor(plan.tenant().id()))
                    .setTaskQueue(TaskQueues.WORKFLOWS)
                    .build());
    run.start(input);
    return run;
  }

  private ReleaseOrder order() {
    return new ReleaseOrder(
        plan.tenant(), plan.profile(), null, upgrade.upgradeId(), true, false, "ops", "by hand");
  }

  private static ApplicationFailure failureOf(WorkflowStub run) {
    WorkflowFailedException thrown =
        catchThrowableOfType(WorkflowFailedException.class, () -> run.getResult(Object.class));
    return (ApplicationFailure) thrown.getCause();
  }

  private static ApplicationFailure refusal(FailureKind kind) {
    return ApplicationFailure.newNonRetryableFailure(
        "refused", StepFailures.TYPE, new Failure("any", kind, "refused", null, null));
  }

  @Test
  void aResumptionRunsTheWholeCompensationOfTheHeldUpgradeAndReportsIt() throws Exception {
    UpgradeReport report = start(ResumeWorkflow.class, plan).getResult(UpgradeReport.class);

    assertThat(report.status()).isEqualTo(UpgradeStatus.ROLLED_BACK);
    assertThat(report.operation()).isEqualTo(Operation.RESUME);
    assertThat(report.ofUpgrade()).isEqualTo(upgrade.upgradeId());
    assertThat(report.upgradeId()).isEqualTo(plan.upgradeId());
    assertThat(report.newVersion()).isEqualTo("v0.2.0");
    assertThat(report.failure()).isNull();
    assertThat(report.reason()).isEqualTo("disk replaced");
    assertThat(report.fingerprints().equal()).isTrue();
    assertThat(host.calls)
        .containsExactly(
            "back StopServices",
            "back RestoreDatabase",
            "back RestoreDependencies",
            "back RestoreCode",
            "back StartServices",
            "back CheckHealth");
    assertThat(host.queues).containsOnly(MACHINE_QUEUE);
    assertThat(reports.of(plan.upgradeId())).isEqualTo(report);
  }

  @Test
  void aTenantThatIsHeldAgainFailsTheRunWithTheNewRunbook() throws Exception {
    host.onBack(
        Step.RESTORE_CODE,
        () -> ScriptedHost.fail(Step.RESTORE_CODE, FailureKind.DIRTY_CHECKOUT, "do that"));
    ApplicationFailure failure = failureOf(start(ResumeWorkflow.class, plan));
    UpgradeReport report = failure.getDetails().get(UpgradeReport.class);

    assertThat(failure.getType()).isEqualTo("needs_attention");
    assertThat(report.runbook()).containsExactly("do that");
    assertThat(report.heldFor().kind()).isEqualTo(FailureKind.DIRTY_CHECKOUT);
    assertThat(reports.of(plan.upgradeId())).isEqualTo(report);
  }

  @Test
  void whatTheHostDoesNotResumeIsRejectedAndTouchedByNobody() {
    reopened =
        () -> {
          throw refusal(FailureKind.JOURNAL_UNREADABLE);
        };
    ApplicationFailure failure = failureOf(start(ResumeWorkflow.class, plan));

    assertThat(failure.getType()).isEqualTo("rejected");
    assertThat(failure.getDetails().get(UpgradeReport.class).failure().kind())
        .isEqualTo(FailureKind.JOURNAL_UNREADABLE);
    assertThat(host.calls).isEmpty();
  }

  @Test
  void aHostThatTookItAndWentSilentIsHeardHoweverLongThatTakes() {
    AtomicInteger silent = new AtomicInteger(5);
    Supplier<StepInput> answer = reopened;
    reopened =
        () -> {
          if (silent.getAndDecrement() > 0) {
            throw ApplicationFailure.newFailure("its worker ended", "gone");
          }
          return answer.get();
        };
    UpgradeReport report = start(ResumeWorkflow.class, plan).getResult(UpgradeReport.class);

    assertThat(report.status()).isEqualTo(UpgradeStatus.ROLLED_BACK);
    assertThat(silent).hasValue(-1);
  }

  @Test
  void aResumptionCannotBeCancelledAndIsTheOnlyOneWorkOnItsTenant() throws Exception {
    CountDownLatch turningBack = new CountDownLatch(1);
    CountDownLatch refused = new CountDownLatch(1);
    host.onBack(
        Step.RESTORE_DATABASE,
        () -> {
          turningBack.countDown();
          try {
            refused.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          return StepResult.of("restored");
        });
    WorkflowStub run = start(ResumeWorkflow.class, plan);
    turningBack.await();
    assertThatThrownBy(() -> run.update("cancel", Void.class, "please"))
        .rootCause()
        .hasMessageContaining("nothing to cancel");
    assertThatThrownBy(() -> start(ReleaseWorkflow.class, order()))
        .isInstanceOf(WorkflowExecutionAlreadyStarted.class);
    run.cancel();
    assertThat(run.query("progress", UpgradeProgress.class).phase()).isEqualTo("turning_back");
    refused.countDown();

    // The engine calls a run cancelled that somebody cancelled there; the ledger knows better.
    UpgradeReport report = reports.of(plan.upgradeId());
    UpgradeWorkflowTest.awaitEnd(run);
    assertThat(report.upgradeId()).isEqualTo(plan.upgradeId());
    assertThat(report.status()).isEqualTo(UpgradeStatus.ROLLED_BACK);
  }

  @Test
  void aReleaseReachesTheLedger() throws Exception {
    ReleasedTenant onTheHost =
        new ReleasedTenant(
            plan.tenant().id().value(),
            upgrade.upgradeId(),
            List.of(),
            List.of("Services were left as they are."),
            "ops",
            "by hand",
            Instant.parse("2026-01-02T03:04:05Z"));
    released = () -> onTheHost;

    assertThat(start(ReleaseWorkflow.class, order()).getResult(ReleasedTenant.class))
        .isEqualTo(onTheHost);
    assertThat(releases.poll(30, TimeUnit.SECONDS)).isEqualTo(onTheHost);
  }

  @Test
  void aReleaseThatTheHostRefusesChangesNothingInTheLedger() {
    released =
        () -> {
          throw refusal(FailureKind.NOT_HELD);
        };
    ApplicationFailure failure = failureOf(start(ReleaseWorkflow.class, order()));

    assertThat(failure.getType()).isEqualTo(StepFailures.TYPE);
    assertThat(failure.getDetails().get(Failure.class).kind()).isEqualTo(FailureKind.NOT_HELD);
    assertThat(releases).isEmpty();
  }
}
