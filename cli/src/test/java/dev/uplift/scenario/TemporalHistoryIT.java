package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uplift.engine.Engine;
import dev.uplift.engine.SearchAttributes;
import dev.uplift.scenario.World.EngineKind;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.UpgradeReport;
import dev.uplift.upgrade.UpgradeStatus;
import dev.uplift.upgrade.UpgradeWorkflow;
import dev.uplift.upgrade.UpgradeWorkflowImpl;
import io.temporal.api.common.v1.Payload;
import io.temporal.api.enums.v1.WorkflowExecutionStatus;
import io.temporal.api.failure.v1.ApplicationFailureInfo;
import io.temporal.api.history.v1.HistoryEvent;
import io.temporal.client.WorkflowExecutionDescription;
import io.temporal.client.WorkflowStub;
import io.temporal.common.WorkflowExecutionHistory;
import io.temporal.common.converter.DefaultDataConverter;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.testing.WorkflowReplayer;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a real Temporal server remembers of an upgrade, and shows in its UI.
 *
 * <p>Leaves the histories in {@code target/histories}. The replay test of the workflows has copies
 * of them, to which new ones are added when the workflow has got a new version.
 */
@Tag("full")
@Timeout(240)
class TemporalHistoryIT {
  private static final Path HISTORIES = Path.of("target", "histories");
  private static final List<String> ROWS =
      List.of(
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
  private static final List<String> COMPENSATION =
      List.of(
          "StopServices",
          "RestoreDatabase",
          "RestoreDependencies",
          "RestoreCode",
          "StartServices",
          "CheckHealth");

  @TempDir static Path directory;
  private static World world;
  private static Engine engine;

  @BeforeAll
  static void startWorld() throws Exception {
    assumeTrue(EngineKind.DEV_SERVER.isAvailable(), "there is no temporal program");
    world =
        World.start(
            directory,
            EngineKind.DEV_SERVER,
            sandbox ->
                sandbox
                    .tenants(2)
                    .rows(20)
                    .timeout("health_window", "1s")
                    .timeout("health_deadline", "20s"));
    engine = Engine.at(world.engineAddress(), "test");
    Files.createDirectories(HISTORIES);
  }

  @AfterAll
  static void endWorld() {
    if (engine != null) {
      engine.close();
    }
    if (world != null) {
      world.close();
    }
  }

  @Test
  void aSuccessShowsItsStepsAndCanBeReplayed() throws Exception {
    Calls.Answer answer = world.calls().upgrade("testsite", "{\"target_version\":\"v0.3.0\"}");
    assertThat(answer.status()).as("%s", answer).isEqualTo(200);
    WorkflowExecutionDescription run = describe("testsite");

    assertThat(run.getStatus())
        .isEqualTo(WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_COMPLETED);
    requireAttributes(run, "testsite", "success", "v0.3.0");
    assertThat(run.getStaticSummary()).isEqualTo("testsite to v0.3.0");
    WorkflowExecutionHistory history = history(run);
    assertThat(activities(history)).isEqualTo(ROWS);
    List<String> summaries = summaries(history);
    assertThat(summaries.subList(0, 2))
        .containsExactly("what is deployed, and may it be upgraded", "fetch v0.3.0");
    assertThat(summaries.subList(2, 11)).containsOnly("testsite, v0.2.0 to v0.3.0");
    keep(history, "success.json");
    replay(history);
  }

  @Test
  void anUpgradeThatTurnedBackIsFailedWithItsReportAndCanBeReplayed() throws Exception {
    Calls.Answer answer =
        world.calls().upgrade("acme", "{\"target_version\":\"v0.4.0-module-missing\"}");
    assertThat(answer.status()).as("%s", answer).isEqualTo(422);
    WorkflowExecutionDescription run = describe("acme");

    assertThat(run.getStatus()).isEqualTo(WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_FAILED);
    requireAttributes(run, "acme", "rolled_back", "v0.4.0-module-missing");
    WorkflowExecutionHistory history = history(run);
    List<String> activities = activities(history);
    int forward = activities.size() - COMPENSATION.size();
    assertThat(activities.subList(0, forward)).isEqualTo(ROWS);
    assertThat(activities.subList(forward, activities.size())).isEqualTo(COMPENSATION);
    assertThat(summaries(history).subList(forward, activities.size()))
        .containsOnly("acme, back to v0.2.0");
    requireReport(history, answer);
    keep(history, "rolled_back.json");
    replay(history);
  }

  private static void replay(WorkflowExecutionHistory history) throws Exception {
    try (TestWorkflowEnvironment engine = TestWorkflowEnvironment.newInstance()) {
      // The SDK takes a second without progress for a deadlock: loading classes can take that long.
      WorkerOptions patient =
          WorkerOptions.newBuilder().setDefaultDeadlockDetectionTimeout(30_000).build();
      Worker worker = engine.newWorker("replay", patient);
      worker.registerWorkflowImplementationTypes(UpgradeWorkflowImpl.class);
      WorkflowReplayer.replayWorkflowExecution(history, worker);
    }
  }

  private static void requireAttributes(
      WorkflowExecutionDescription run, String tenant, String outcome, String release) {
    var attributes = run.getTypedSearchAttributes();
    assertThat(attributes.get(SearchAttributes.TENANT)).isEqualTo(tenant);
    assertThat(attributes.get(SearchAttributes.HOST)).isEqualTo("local");
    assertThat(attributes.get(SearchAttributes.OUTCOME)).isEqualTo(outcome);
    assertThat(attributes.get(SearchAttributes.RELEASE)).isEqualTo(release);
  }

  private static void requireReport(WorkflowExecutionHistory history, Calls.Answer answer) {
    HistoryEvent last = history.getEvents().get(history.getEvents().size() - 1);
    ApplicationFailureInfo failure =
        last.getWorkflowExecutionFailedEventAttributes().getFailure().getApplicationFailureInfo();
    assertThat(failure.getType()).isEqualTo("rolled_back");
    UpgradeReport report = decode(failure.getDetails().getPayloads(0), UpgradeReport.class);
    assertThat(report.status()).isEqualTo(UpgradeStatus.ROLLED_BACK);
    assertThat(report.failure().kind()).isEqualTo(FailureKind.MISSING_DEPENDENCY);
    assertThat(report.fingerprints().equal()).isTrue();
    assertThat(report.steps()).hasSize(17);
    assertThat(report.upgradeId()).hasToString(answer.report().get("upgrade_id").asText());
  }

  private static WorkflowExecutionDescription describe(String tenant) {
    WorkflowStub run = engine.client().newUntypedWorkflowStub("upgrade/" + tenant);
    return run.describe();
  }

  private static WorkflowExecutionHistory history(WorkflowExecutionDescription run) {
    assertThat(run.getWorkflowType()).isEqualTo(UpgradeWorkflow.class.getSimpleName());
    return engine
        .client()
        .fetchHistory(run.getExecution().getWorkflowId(), run.getExecution().getRunId());
  }

  private static List<HistoryEvent> scheduled(WorkflowExecutionHistory history) {
    return history.getEvents().stream()
        .filter(HistoryEvent::hasActivityTaskScheduledEventAttributes)
        .toList();
  }

  private static List<String> activities(WorkflowExecutionHistory history) {
    return scheduled(history).stream()
        .map(event -> event.getActivityTaskScheduledEventAttributes().getActivityType().getName())
        .toList();
  }

  private static List<String> summaries(WorkflowExecutionHistory history) {
    return scheduled(history).stream()
        .map(event -> decode(event.getUserMetadata().getSummary(), String.class))
        .toList();
  }

  private static <T> T decode(Payload payload, Class<T> type) {
    return DefaultDataConverter.STANDARD_INSTANCE.fromPayload(payload, type, type);
  }

  private static void keep(WorkflowExecutionHistory history, String name) throws Exception {
    Files.writeString(HISTORIES.resolve(name), history.toJson(true));
  }
}
