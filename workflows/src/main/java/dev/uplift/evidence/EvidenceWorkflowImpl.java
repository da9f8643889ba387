package dev.uplift.evidence;

import dev.uplift.engine.TaskQueues;
import io.temporal.activity.ActivityOptions;
import io.temporal.common.RetryOptions;
import io.temporal.workflow.Workflow;
import java.time.Duration;

public class EvidenceWorkflowImpl implements EvidenceWorkflow {
  private static final Duration HOST_ANSWERS_WITHIN = Duration.ofSeconds(5);
  // Some files of a few hundred kilobytes; but the host's disk may be at work.
  private static final Duration DONE_WITHIN = Duration.ofSeconds(6);

  @Override
  public EvidenceReport read(EvidenceRequest request) {
    ActivityOptions options =
        ActivityOptions.newBuilder()
            .setTaskQueue(TaskQueues.ofHost(request.host()))
            .setScheduleToStartTimeout(HOST_ANSWERS_WITHIN)
            .setStartToCloseTimeout(DONE_WITHIN)
            .setRetryOptions(RetryOptions.newBuilder().setMaximumAttempts(1).build())
            .setSummary(request.tenant().value())
            .build();
    return Workflow.newActivityStub(EvidenceReader.class, options).readEvidence(request);
  }
}
