package dev.uplift.upgrade;

import dev.uplift.engine.TaskQueues;
import io.temporal.activity.ActivityOptions;
import io.temporal.failure.ActivityFailure;
import io.temporal.workflow.Workflow;
import java.util.function.Supplier;

/**
 * Has the tenant's host carry out steps, and records how they went. Lives in workflow code:
 * deterministic.
 */
final class StepRunner {
  /** Which of the steps it is. */
  interface Call {
    StepResult run(UpgradeSteps steps, StepInput input);
  }

  private final UpgradePlan plan;
  private final UpgradeRecord record;

  StepRunner(UpgradePlan plan, UpgradeRecord record) {
    this.plan = plan;
    this.record = record;
  }

  StepResult prepare(Step step, StepInput input, Call call) {
    UpgradeSteps steps =
        stub(
            StepOptions.preparing(
                step, queueAfter(input.from()), input.to().profile(), summary(input)));
    return record.step(
        step,
        Direction.FORWARD,
        () -> untilNotHandedOver(() -> call.run(steps, input)),
        said -> said);
  }

  StepResult forward(Step step, StepInput input, Call call) {
    UpgradeSteps steps =
        stub(
            StepOptions.cuttingOver(
                step, queueAfter(input.from()), input.to().profile(), summary(input)));
    return learn(record.step(step, Direction.FORWARD, () -> call.run(steps, input), said -> said));
  }

  StepResult back(Step step, StepInput input, Call call) {
    UpgradeSteps steps =
        stub(
            StepOptions.turningBack(
                step, queueAfter(input.from()), input.from().profile(), summary(input)));
    return learn(record.step(step, Direction.BACK, () -> call.run(steps, input), said -> said));
  }

  /** Whoever may begin a cutover on the host, which a worker that is being replaced may not. */
  UpgradeSteps entrance(StepInput input) {
    return stub(
        StepOptions.enteringCutover(
            Step.STOP_SERVICES,
            TaskQueues.intoCutover(plan.tenant().host()),
            input.to().profile(),
            summary(input)));
  }

  /**
   * A worker that is being replaced gives back what it was preparing; that is nobody's failure, so
   * it is no attempt either.
   */
  static <R> R untilNotHandedOver(Supplier<R> step) {
    while (true) {
      try {
        return step.get();
      } catch (ActivityFailure failure) {
        if (!StepFailures.isHandedOver(failure)) {
          throw failure;
        }
      }
    }
  }

  // Of hosts with workers that do not tell their machine, nothing is known but the name.
  String queueAfter(Deployed found) {
    return found.machine() == null
        ? TaskQueues.ofHost(plan.tenant().host())
        : TaskQueues.ofMachine(plan.tenant().host(), found.machine());
  }

  static UpgradeSteps stub(ActivityOptions options) {
    return Workflow.newActivityStub(UpgradeSteps.class, options);
  }

  private StepResult learn(StepResult result) {
    record.learn(result);
    return result;
  }

  private static String summary(StepInput input) {
    String way =
        input.direction() == Direction.FORWARD
            ? input.from().version() + " to " + input.to().tag()
            : "back to " + input.from().version();
    return input.plan().tenant().id() + ", " + way;
  }
}
