package dev.uplift.rollback;

import dev.uplift.engine.TaskQueues;
import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.StepFailures;
import io.temporal.activity.ActivityOptions;
import io.temporal.common.RetryOptions;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import io.temporal.workflow.Workflow;
import java.time.Duration;

public class RollbackPreviewWorkflowImpl implements RollbackPreviewWorkflow {
  private static final Duration HOST_ANSWERS_WITHIN = Duration.ofSeconds(5);
  // A large backup is read from its first to its last byte, and every row may be compared.
  private static final Duration DONE_WITHIN = Duration.ofHours(2);
  private static final Duration HEARTBEAT = Duration.ofSeconds(30);

  @Override
  public RollbackPreview preview(RollbackQuestion question) {
    ActivityOptions options =
        ActivityOptions.newBuilder()
            .setTaskQueue(TaskQueues.ofHost(question.tenant().host()))
            .setScheduleToStartTimeout(HOST_ANSWERS_WITHIN)
            .setStartToCloseTimeout(DONE_WITHIN)
            .setHeartbeatTimeout(HEARTBEAT)
            .setRetryOptions(RetryOptions.newBuilder().setMaximumAttempts(1).build())
            .setSummary(question.tenant().id().value())
            .build();
    try {
      return Workflow.newActivityStub(RollbackPreviewer.class, options).previewRollback(question);
    } catch (ActivityFailure refused) {
      return RollbackPreview.refused(
          isUnknown(refused)
              ? outdated(question)
              : StepFailures.explain(Step.INSPECT_ROLLBACK, refused));
    }
  }

  private static boolean isUnknown(ActivityFailure refused) {
    return refused.getCause() instanceof ApplicationFailure told
        && told.getOriginalMessage().contains("is not registered with a worker");
  }

  private static Failure outdated(RollbackQuestion question) {
    return new Failure(
        Step.INSPECT_ROLLBACK.activity(),
        FailureKind.WORKER_OUTDATED,
        "The worker of host " + question.tenant().host() + " is too old to roll anything back.",
        null,
        "Update Uplift there and try again.");
  }
}
