package dev.uplift.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.uplift.engine.RecordingServer;
import dev.uplift.engine.TaskQueues;
import dev.uplift.ledger.LedgerWorkflowImpl;
import dev.uplift.ledger.OutcomeRecorder;
import io.temporal.api.common.v1.WorkflowExecution;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.failure.ApplicationFailure;
import io.temporal.worker.WorkerFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Records histories for {@link UpgradeReplayTest} and {@link RollbackReplayTest}: the workflow as
 * it is and a host that does what it is told, on a real Temporal server. No build runs it. To add a
 * history, add it to {@link #recordings} and run
 *
 * <pre>mvn -B -pl workflows test -Dtest=RecordHistories -Dtemporal=$HOME/.cache/uplift/temporal
 * </pre>
 *
 * <p>A history that is there is left as it is. One that was never committed is deleted to be
 * recorded anew.
 */
@Timeout(60)
class RecordHistories {
  private static final Path HISTORIES = Path.of("src/test/resources/histories");
  private static final String MACHINE = "0a1b2c3d";
  private static final ScriptedHost host = new ScriptedHost();

  @TempDir static Path directory;
  private static RecordingServer server;

  /** How an upgrade is made to end: what its host does, and what is done to it meanwhile. */
  private record Recording(
      Operation operation,
      String name,
      UpgradeStatus status,
      Runnable script,
      CountDownLatch busy) {
    static Recording of(String name, UpgradeStatus status, Runnable script) {
      return new Recording(Operation.UPGRADE, name, status, script, null);
    }

    static Recording ofRollback(String name, UpgradeStatus status, Runnable script) {
      return new Recording(Operation.ROLLBACK, name, status, script, null);
    }

    /** Cancelled while it is in that step. */
    static Recording cancelled(String name, UpgradeStatus status, Step during) {
      CountDownLatch busy = new CountDownLatch(1);
      Supplier<StepResult> untilCancelled = () -> ScriptedHost.untilCancelled(busy);
      return new Recording(
          Operation.UPGRADE, name, status, () -> host.onForward(during, untilCancelled), busy);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Recording> recordings() {
    List<Recording> all = new ArrayList<>();
    all.add(Recording.of("succeeded", UpgradeStatus.SUCCESS, () -> {}));
    all.add(
        Recording.of(
            "rejected",
            UpgradeStatus.REJECTED,
            () -> host.fails(Step.REHEARSE_MIGRATIONS, FailureKind.MIGRATION_FAILED)));
    for (Step step : UpgradeReplayTest.CUTOVER) {
      all.add(
          Recording.of(
              "rolled_back_from_" + step.activity(),
              UpgradeStatus.ROLLED_BACK,
              () -> host.fails(step, FailureKind.STEP_FAILED)));
    }
    all.add(
        Recording.cancelled(
            "cancelled_in_preparation", UpgradeStatus.REJECTED, Step.STAGE_DEPENDENCIES));
    all.add(
        Recording.cancelled(
            "cancelled_in_cutover", UpgradeStatus.ROLLED_BACK, Step.RUN_MIGRATIONS));
    all.add(
        Recording.of(
            "needs_attention",
            UpgradeStatus.NEEDS_ATTENTION,
            () -> {
              host.fails(Step.CHECK_HEALTH, FailureKind.UNHEALTHY);
              host.onBack(
                  Step.RESTORE_DATABASE,
                  () ->
                      ScriptedHost.fail(
                          Step.RESTORE_DATABASE, FailureKind.BACKUP_ALTERED, "do this"));
            }));
    all.add(
        Recording.of(
            "dead_man_turned_back",
            UpgradeStatus.ROLLED_BACK,
            () -> {
              host.fails(Step.RUN_MIGRATIONS, FailureKind.TURNED_BACK);
              StepResult.Facts byHost = StepResult.Facts.turnedBackBy("host, which heard nothing");
              host.onBack(
                  Step.STOP_SERVICES, () -> StepResult.of("Services stopped").withFacts(byHost));
            }));
    all.add(
        Recording.of(
            "dead_man_committed",
            UpgradeStatus.SUCCESS,
            () -> {
              host.fails(Step.CHECK_HEALTH, FailureKind.STEP_FAILED);
              StepResult.Facts committed = StepResult.Facts.alreadyCommitted(640L);
              host.onBack(
                  Step.STOP_SERVICES, () -> StepResult.of("committed").withFacts(committed));
            }));
    all.add(
        Recording.of(
            "dead_man_held",
            UpgradeStatus.NEEDS_ATTENTION,
            () -> {
              host.fails(Step.START_SERVICES, FailureKind.TURNED_BACK);
              host.onBack(
                  Step.STOP_SERVICES,
                  () ->
                      ScriptedHost.fail(
                          Step.RESTORE_DATABASE, FailureKind.BACKUP_ALTERED, "do this"));
            }));
    all.add(Recording.ofRollback("rollback_succeeded", UpgradeStatus.SUCCESS, () -> {}));
    all.add(
        Recording.ofRollback(
            "rollback_turned_back",
            UpgradeStatus.ROLLED_BACK,
            () -> host.fails(Step.CHECK_HEALTH, FailureKind.UNHEALTHY)));
    return all.stream();
  }

  @BeforeAll
  static void startServer() throws Exception {
    server = RecordingServer.start(directory);
    WorkerFactory workers = server.workers();
    workers
        .newWorker(TaskQueues.WORKFLOWS)
        .registerWorkflowImplementationTypes(
            UpgradeWorkflowImpl.class, RollbackWorkflowImpl.class, LedgerWorkflowImpl.class);
    workers
        .newWorker(TaskQueues.API)
        .registerActivitiesImplementations((OutcomeRecorder) report -> {});
    for (String queue :
        List.of(
            TaskQueues.ofHost(Samples.ACME.host()),
            TaskQueues.intoCutover(Samples.ACME.host()),
            TaskQueues.ofMachine(Samples.ACME.host(), MACHINE))) {
      workers.newWorker(queue).registerActivitiesImplementations(host);
    }
    workers.start();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @ParameterizedTest
  @MethodSource("recordings")
  void record(Recording recording) throws Exception {
    Path file = HISTORIES.resolve(recording.name() + ".json");
    assumeFalse(Files.exists(file), "it is there");
    host.reset();
    boolean rollsBack = recording.operation() == Operation.ROLLBACK;
    host.deployed = (rollsBack ? Samples.AFTER_THE_UPGRADE : Samples.V020).on(MACHINE);
    recording.script().run();
    UpgradePlan plan = rollsBack ? Samples.rollbackPlan() : Samples.plan();
    WorkflowOptions options =
        WorkflowOptions.newBuilder()
            .setWorkflowId(UpgradeWorkflow.idFor(plan.tenant().id()))
            .setTaskQueue(TaskQueues.WORKFLOWS)
            .build();
    Class<?> type = rollsBack ? RollbackWorkflow.class : UpgradeWorkflow.class;
    WorkflowStub workflow = WorkflowStub.fromTyped(server.client().newWorkflowStub(type, options));
    WorkflowExecution run = workflow.start(plan);
    if (recording.busy() != null) {
      recording.busy().await();
      workflow.update("cancel", Void.class, "wrong tenant");
    }
    assertThat(statusOf(workflow)).isEqualTo(recording.status().code());

    server.write(run, file);
  }

  private static String statusOf(WorkflowStub run) {
    try {
      return run.getResult(UpgradeReport.class).status().code();
    } catch (WorkflowFailedException failed) {
      return ((ApplicationFailure) failed.getCause()).getType();
    }
  }
}
