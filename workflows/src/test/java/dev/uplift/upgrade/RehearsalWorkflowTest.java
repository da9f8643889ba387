package dev.uplift.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.engine.SearchAttributes;
import dev.uplift.engine.TaskQueues;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.client.WorkflowOptions;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RehearsalWorkflowTest {
  private static final ScriptedHost host = new ScriptedHost();
  private static TestWorkflowEnvironment engine;

  @BeforeAll
  static void startEngine() {
    TestEnvironmentOptions.Builder options = TestEnvironmentOptions.newBuilder();
    for (var attribute :
        List.of(SearchAttributes.TENANT, SearchAttributes.HOST, SearchAttributes.RELEASE)) {
      options.registerSearchAttribute(
          attribute.getName(), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD);
    }
    engine = TestWorkflowEnvironment.newInstance(options.build());
    engine
        .newWorker(TaskQueues.WORKFLOWS)
        .registerWorkflowImplementationTypes(RehearsalWorkflowImpl.class);
    engine
        .newWorker(TaskQueues.ofHost(Samples.ACME.host()))
        .registerActivitiesImplementations(host);
    engine.start();
  }

  @AfterAll
  static void stopEngine() {
    engine.close();
  }

  @BeforeEach
  void forget() {
    host.reset();
    host.deployed = Samples.V020.needing(4_096);
  }

  private static RehearsalReport rehearse(boolean migrates) {
    return engine
        .getWorkflowClient()
        .newWorkflowStub(
            RehearsalWorkflow.class,
            WorkflowOptions.newBuilder()
                .setWorkflowId(UpgradeWorkflow.idFor(Samples.ACME.id()))
                .setTaskQueue(TaskQueues.WORKFLOWS)
                .build())
        .rehearse(Samples.plan(), migrates);
  }

  @Test
  void thePreparationIsDoneAndNothingElse() {
    host.onForward(
        Step.REHEARSE_MIGRATIONS,
        () ->
            StepResult.of("rehearsed")
                .withFacts(
                    StepResult.Facts.rehearsed(Samples.SIX_SCRIPTS, Duration.ofMillis(640))));

    RehearsalReport report = rehearse(true);

    assertThat(host.calls)
        .containsExactly(
            "InspectTenant",
            "FetchRelease",
            "StageDependencies",
            "RehearseMigrations",
            "EndRehearsal");
    assertThat(report.failure()).isNull();
    assertThat(report.deployedVersion()).isEqualTo("v0.2.0");
    assertThat(report.targetVersion()).isEqualTo("v0.3.0");
    assertThat(report.alreadyThere()).isFalse();
    assertThat(report.diskBytes()).isEqualTo(4_096);
    assertThat(report.migrationsMillis()).isEqualTo(640);
  }

  @Test
  void whatAHostCannotRehearseIsNotTakenForRehearsed() {
    host.onForward(
        Step.REHEARSE_MIGRATIONS,
        () ->
            StepResult.of("Skipped")
                .withFacts(StepResult.Facts.notRehearsed("this host cannot confine one")));

    RehearsalReport report = rehearse(true);

    assertThat(report.migrationsMillis()).isNull();
    assertThat(report.failure().kind()).isEqualTo(FailureKind.NOT_REHEARSED);
    assertThat(report.failure().message())
        .isEqualTo("Its migrations were not rehearsed: this host cannot confine one.");
  }

  @Test
  void withoutMigrationsNothingIsBuilt() {
    RehearsalReport report = rehearse(false);

    assertThat(host.calls).containsExactly("InspectTenant", "FetchRelease", "EndRehearsal");
    assertThat(report.failure()).isNull();
    assertThat(report.migrationsMillis()).isNull();
  }

  @Test
  void aTenantAtTheTargetHasNothingToRehearse() {
    host.deployed =
        new Deployed(
            "v0.3.0", Samples.V030.tag(), Samples.NEW, Samples.PROFILE, true, List.of(), List.of());

    RehearsalReport report = rehearse(true);

    assertThat(report.alreadyThere()).isTrue();
    assertThat(host.calls).containsExactly("InspectTenant", "FetchRelease", "EndRehearsal");
  }

  @Test
  void whatWouldRefuseTheUpgradeIsTold() {
    host.fails(Step.REHEARSE_MIGRATIONS, FailureKind.MIGRATION_FAILED);

    RehearsalReport report = rehearse(true);

    assertThat(report.failure().step()).isEqualTo("RehearseMigrations");
    assertThat(report.failure().kind()).isEqualTo(FailureKind.MIGRATION_FAILED);
    assertThat(report.deployedVersion()).isEqualTo("v0.2.0");
  }

  @Test
  void ofATenantThatCannotBeInspectedNothingElseIsKnown() {
    host.fails(Step.INSPECT_TENANT, FailureKind.DIRTY_CHECKOUT);

    RehearsalReport report = rehearse(true);

    assertThat(host.calls).containsExactly("InspectTenant", "EndRehearsal");
    assertThat(report.failure().kind()).isEqualTo(FailureKind.DIRTY_CHECKOUT);
    assertThat(report.deployedVersion()).isNull();
    assertThat(report.targetVersion()).isEqualTo("v0.3.0");
    assertThat(report.diskBytes()).isNull();
  }
}
