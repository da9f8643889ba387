package dev.uplift.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.uplift.engine.RecordingServer;
import dev.uplift.engine.TaskQueues;
import dev.uplift.release.Tag;
import dev.uplift.rollout.RolloutDesk.CancelOrder;
import dev.uplift.upgrade.UpgradeStatus;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.worker.WorkerFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Records histories for {@link RolloutReplayTest}: the workflow as it is, with upgrades and a desk
 * that are scripted, on a real Temporal server. No build runs it. To add a history, add it to
 * {@link #recordings} and run
 *
 * <pre>
 * mvn -B -pl workflows test -Dtest=RecordRolloutHistories -Dtemporal=$HOME/.cache/uplift/temporal
 * </pre>
 *
 * <p>A history that is there is left as it is. Of a rollout of several runs it is that of the last.
 */
@Timeout(300)
class RecordRolloutHistories {
  private static final Path HISTORIES = Path.of("src/test/resources/histories/rollouts");
  private static final List<String> TEST = List.of("testsite@one");
  private static final List<String> REST = List.of("a@one", "b@two", "c@two");
  private static final FakeDesk desk = new FakeDesk();

  @TempDir static Path directory;
  private static RecordingServer server;

  private interface Meanwhile {
    void on(WorkflowStub run) throws Exception;
  }

  private record Recording(
      String name,
      List<List<String>> waves,
      RehearsalMode rehearsal,
      Duration bake,
      boolean approval,
      Runnable script,
      Meanwhile meanwhile,
      RolloutStatus status) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Recording> recordings() {
    return Stream.of(
        new Recording(
            "succeeded",
            List.of(TEST, REST),
            RehearsalMode.NONE,
            Duration.ZERO,
            false,
            () -> {},
            run -> {},
            RolloutStatus.SUCCESS),
        new Recording(
            "halted_and_resumed",
            List.of(TEST, REST),
            RehearsalMode.NONE,
            Duration.ZERO,
            false,
            () -> ScriptedUpgrades.ENDS.put("testsite", UpgradeStatus.ROLLED_BACK),
            RecordRolloutHistories::resumeOnceHalted,
            RolloutStatus.PARTIAL),
        new Recording(
            "rehearsed_baked_and_approved",
            List.of(TEST, REST),
            RehearsalMode.LEAVE_OUT,
            Duration.ofSeconds(2),
            true,
            () -> {
              ScriptedRehearsals.FAILING.add("c");
              desk.ill.add("a");
            },
            run -> {
              await(run, RolloutStatus.WAITING_FOR_APPROVAL);
              run.update("approve", Void.class, "go");
              resumeOnceHalted(run);
            },
            RolloutStatus.PARTIAL),
        new Recording(
            "aborted",
            List.of(TEST, REST),
            RehearsalMode.NONE,
            Duration.ZERO,
            true,
            () -> {},
            run -> {
              await(run, RolloutStatus.WAITING_FOR_APPROVAL);
              run.update("pause", Void.class, "wait");
              run.update("abort", Void.class, new CancelOrder("no", "test"));
            },
            RolloutStatus.ABORTED),
        new Recording(
            "carried_on",
            List.of(TEST, moreThanOneRunTakes()),
            RehearsalMode.NONE,
            Duration.ZERO,
            false,
            () -> ScriptedUpgrades.ENDS.put("tenant-7", UpgradeStatus.ROLLED_BACK),
            RecordRolloutHistories::resumeOnceHalted,
            RolloutStatus.PARTIAL));
  }

  private static void resumeOnceHalted(WorkflowStub run) throws Exception {
    await(run, RolloutStatus.HALTED);
    run.update("resume", Void.class, "seen");
  }

  private static List<String> moreThanOneRunTakes() {
    return IntStream.rangeClosed(1, RolloutWorkflow.TENANTS_OF_A_RUN + 5)
        .mapToObj(number -> "tenant-" + number + "@one")
        .toList();
  }

  @BeforeAll
  static void startServer() throws Exception {
    server = RecordingServer.start(directory);
    WorkerFactory workers = server.workers();
    workers
        .newWorker(TaskQueues.WORKFLOWS)
        .registerWorkflowImplementationTypes(
            RolloutWorkflowImpl.class, ScriptedUpgrades.class, ScriptedRehearsals.class);
    workers.newWorker(TaskQueues.API).registerActivitiesImplementations(desk);
    workers.newWorker(TaskQueues.API_ASKING_HOSTS).registerActivitiesImplementations(desk);
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
    ScriptedUpgrades.ENDS.clear();
    ScriptedRehearsals.FAILING.clear();
    desk.ill.clear();
    desk.refused.clear();
    recording.script().run();
    UUID id = UUID.randomUUID();
    desk.waves.put(id, recording.waves());
    List<Wave> waves = new ArrayList<>();
    for (int i = 0; i < recording.waves().size(); i++) {
      waves.add(
          new Wave(
              "wave " + (i + 1),
              recording.waves().get(i).size(),
              i < recording.waves().size() - 1,
              recording.bake().toSeconds(),
              recording.approval()));
    }
    RolloutOrder order =
        new RolloutOrder(
            id,
            Tag.of("v0.3.0"),
            waves,
            new Limits(20, 20, FailureLimit.NONE, true),
            recording.rehearsal(),
            "test");
    WorkflowStub run =
        WorkflowStub.fromTyped(
            server
                .client()
                .newWorkflowStub(
                    RolloutWorkflow.class,
                    WorkflowOptions.newBuilder()
                        .setWorkflowId(RolloutWorkflow.idFor(id))
                        .setTaskQueue(TaskQueues.WORKFLOWS)
                        .build()));
    run.start(order, null);
    recording.meanwhile().on(run);
    assertThat(run.getResult(RolloutProgress.class).status()).isEqualTo(recording.status());

    server.write(run.describe().getExecution(), file);
  }

  private static void await(WorkflowStub run, RolloutStatus status) throws Exception {
    long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    while (run.query("progress", RolloutProgress.class).status() != status) {
      assertThat(System.nanoTime() - deadline).as("until it is %s", status).isNegative();
      Thread.sleep(100);
    }
  }
}
