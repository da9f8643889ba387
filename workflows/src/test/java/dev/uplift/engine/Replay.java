package dev.uplift.engine;

import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.testing.WorkflowReplayer;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerOptions;
import java.time.Duration;

/** Lets a workflow take the way that a run of it has taken on a real server. */
public final class Replay {
  /** The SDK takes a second without progress for a deadlock: loading classes can take that long. */
  private static final Duration ON_A_BUSY_MACHINE = Duration.ofSeconds(30);

  private Replay() {}

  /**
   * @param history its path below {@code histories}, without the ending
   * @throws Exception if the workflow takes another way
   */
  public static void of(String history, Class<?> workflow) throws Exception {
    try (TestWorkflowEnvironment engine = TestWorkflowEnvironment.newInstance()) {
      Worker worker =
          engine.newWorker(
              "replay",
              WorkerOptions.newBuilder()
                  .setDefaultDeadlockDetectionTimeout(ON_A_BUSY_MACHINE.toMillis())
                  .build());
      worker.registerWorkflowImplementationTypes(workflow);
      WorkflowReplayer.replayWorkflowExecutionFromResource(
          "histories/" + history + ".json", worker);
    }
  }
}
