package dev.uplift.cli;

import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Skips what takes long and has not begun when the time of a run is up, which {@code
 * UPLIFT_TESTS_UNTIL} says in seconds since 1970. Without it a run takes as long as it takes.
 */
public final class TimeIsUp implements ExecutionCondition {
  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    if (context.getTestMethod().isPresent()) {
      return ConditionEvaluationResult.enabled("has begun");
    }
    ConditionEvaluationResult decided =
        decide(context.getTags(), System.getenv("UPLIFT_TESTS_UNTIL"), Instant.now());
    if (decided.isDisabled()) {
      // Maven tells only how many were skipped.
      System.out.println(
          "Skipped " + context.getDisplayName() + ": " + decided.getReason().orElseThrow());
    }
    return decided;
  }

  /**
   * @param until null if there is no limit
   */
  static ConditionEvaluationResult decide(Set<String> tags, String until, Instant now) {
    if (until == null || !tags.contains("full")) {
      return ConditionEvaluationResult.enabled("has no limit");
    }
    Instant end = Instant.ofEpochSecond(Long.parseLong(until));
    return now.isBefore(end)
        ? ConditionEvaluationResult.enabled("in time")
        : ConditionEvaluationResult.disabled("the time of this run was up at " + end);
  }
}
