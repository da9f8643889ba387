package dev.uplift.rollout;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * How far a rollout may go at once, and how much may go wrong.
 *
 * @param maxConcurrency tenants under way at once, in all
 * @param maxPerHost tenants under way at once on each host
 * @param maxFailures tenants that may fail over the whole rollout
 * @param halts whether it stops starting tenants when that is exceeded; otherwise it goes on to the
 *     last tenant whatever fails
 */
public record Limits(
    @JsonProperty("max_concurrency") int maxConcurrency,
    @JsonProperty("max_concurrency_per_host") int maxPerHost,
    @JsonProperty("max_failures") FailureLimit maxFailures,
    boolean halts) {
  public Limits {
    requirePositive("max_concurrency", maxConcurrency);
    requirePositive("max_concurrency_per_host", maxPerHost);
    maxFailures = maxFailures == null ? FailureLimit.NONE : maxFailures;
  }

  Limits neverHalting() {
    return new Limits(maxConcurrency, maxPerHost, maxFailures, false);
  }

  private static void requirePositive(String name, int number) {
    if (number < 1) {
      throw new IllegalArgumentException(name + ": must be at least 1");
    }
  }
}
