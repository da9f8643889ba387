package dev.uplift.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.engine.SearchAttributes;
import dev.uplift.engine.TaskQueues;
import dev.uplift.ledger.LedgerWorkflowImpl;
import dev.uplift.tenant.HostName;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.client.WorkflowStub;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Takes the two minutes that are given to a host: the test server does not skip time while a task
 * waits. A class of its own, so that others run meanwhile.
 */
@Tag("full")
class SilentHostTest {
  @Test
  @Timeout(180)
  void aHostWithoutAWorkerIsRejectedAsUnreachable() {
    TestEnvironmentOptions.Builder options = TestEnvironmentOptions.newBuilder();
    Stream.of(
            SearchAttributes.TENANT,
            SearchAttributes.HOST,
            SearchAttributes.RELEASE,
            SearchAttributes.OUTCOME)
        .forEach(
            key ->
                options.registerSearchAttribute(
                    key.getName(), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD));
    try (TestWorkflowEnvironment engine = TestWorkflowEnvironment.newInstance(options.build())) {
      engine
          .newWorker(TaskQueues.WORKFLOWS)
          .registerWorkflowImplementationTypes(UpgradeWorkflowImpl.class, LedgerWorkflowImpl.class);
      engine
          .newWorker(TaskQueues.API)
          .registerActivitiesImplementations(new RecordedReports().recorder());
      engine.start();

      WorkflowStub run = UpgradeWorkflowTest.start(engine, Samples.planFor(HostName.of("silent")));
      UpgradeReport report = UpgradeWorkflowTest.fails(run, UpgradeStatus.REJECTED);

      assertThat(report.failure().kind()).isEqualTo(FailureKind.HOST_UNREACHABLE);
      assertThat(report.failure().step()).isEqualTo("InspectTenant");
    }
  }
}
