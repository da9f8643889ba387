package dev.uplift.worker;

import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.StepInput;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.temporal.activity.ActivityExecutionContext;
import io.temporal.client.ActivityCompletionException;
import io.temporal.common.interceptors.ActivityInboundCallsInterceptor;
import io.temporal.common.interceptors.ActivityInboundCallsInterceptorBase;
import io.temporal.common.interceptors.WorkerInterceptorBase;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** How long each attempt of a step took on this host, and how it ended. */
final class StepTimes extends WorkerInterceptorBase {
  private final MeterRegistry metrics;

  StepTimes(MeterRegistry metrics) {
    this.metrics = metrics;
  }

  @Override
  public ActivityInboundCallsInterceptor interceptActivity(ActivityInboundCallsInterceptor next) {
    return new ActivityInboundCallsInterceptorBase(next) {
      private String activity;

      @Override
      public void init(ActivityExecutionContext context) {
        activity = context.getInfo().getActivityType();
        super.init(context);
      }

      @Override
      public ActivityOutput execute(ActivityInput input) {
        long began = System.nanoTime();
        String outcome = "failed";
        try {
          ActivityOutput output = super.execute(input);
          outcome = "done";
          return output;
        } catch (ActivityCompletionException handedOver) {
          outcome = "cancelled";
          throw handedOver;
        } finally {
          record(activity, direction(input), outcome, System.nanoTime() - began);
        }
      }
    };
  }

  private void record(String step, Direction direction, String outcome, long nanos) {
    Timer.builder("uplift.step.duration")
        .description("Attempts of steps on this host, by how they ended")
        .tags(
            "step",
            step,
            "direction",
            direction.name().toLowerCase(Locale.ROOT),
            "outcome",
            outcome)
        .register(metrics)
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  private static Direction direction(ActivityInboundCallsInterceptor.ActivityInput input) {
    return input.getArguments().length > 0 && input.getArguments()[0] instanceof StepInput step
        ? step.direction()
        : Direction.FORWARD;
  }
}
