package dev.uplift.ledger;

import dev.uplift.engine.TaskQueues;
import dev.uplift.upgrade.UpgradeReport;
import io.temporal.activity.ActivityOptions;
import io.temporal.common.RetryOptions;
import io.temporal.workflow.Workflow;
import java.time.Duration;

public class LedgerWorkflowImpl implements LedgerWorkflow {
  private final OutcomeRecorder recorder =
      Workflow.newActivityStub(
          OutcomeRecorder.class,
          ActivityOptions.newBuilder()
              .setTaskQueue(TaskQueues.API)
              .setStartToCloseTimeout(Duration.ofSeconds(10))
              .setRetryOptions(
                  RetryOptions.newBuilder().setMaximumInterval(Duration.ofSeconds(30)).build())
              .build());

  @Override
  public void deliver(UpgradeReport report) {
    recorder.recordOutcome(report);
  }
}
