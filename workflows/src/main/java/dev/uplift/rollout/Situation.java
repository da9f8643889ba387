package dev.uplift.rollout;

import java.util.List;
import java.util.Map;

/**
 * All that a rollout decides by what to do next.
 *
 * @param limits as they were asked for
 * @param tenants how many the whole rollout has
 * @param toCome how many of this wave are not listed in any of the following so far
 * @param waiting those of this wave that can be started, in their order
 * @param running the tenants under way, each with its host
 * @param busy those of this wave that could not be started when they were to be, and soon may
 * @param busyTries how often the busy ones may be tried again
 * @param troubles the tenants so far that failed or were refused, at least those that a rule heeds
 * @param paused whether a person wants nothing to be started for now
 * @param full whether this run of the workflow may start nobody any more
 * @param aborted whether a person wants nothing to be started any more
 */
public record Situation(
    Limits limits,
    int tenants,
    int toCome,
    List<Candidate> waiting,
    Map<String, String> running,
    List<Candidate> busy,
    int busyTries,
    List<Trouble> troubles,
    boolean full,
    boolean paused,
    boolean aborted) {
  public Situation {
    waiting = List.copyOf(waiting);
    running = Map.copyOf(running);
    busy = List.copyOf(busy);
    troubles = List.copyOf(troubles);
  }

  /** A tenant that is to be started. */
  public record Candidate(String tenant, String host) {}

  /**
   * A tenant that did not get where it was to go.
   *
   * @param signature by what others are known to fail alike; null if it says nothing of others
   * @param gated whether it was in a wave that the others wait for to be sure: one of it that is
   *     refused halts the rollout as one that fails does
   * @param acknowledged whether a person has seen it and had the rollout go on
   */
  public record Trouble(
      String tenant, Outcome outcome, Signature signature, boolean gated, boolean acknowledged) {
    Trouble seen() {
      return new Trouble(tenant, outcome, signature, gated, true);
    }

    boolean isStalled(String ofTenant) {
      return outcome == Outcome.STALLED && tenant.equals(ofTenant);
    }
  }
}
