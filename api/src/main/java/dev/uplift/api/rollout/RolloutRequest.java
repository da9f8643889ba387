package dev.uplift.api.rollout;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.api.web.Reason;
import dev.uplift.profile.yaml.AppName;
import dev.uplift.release.Tag;
import dev.uplift.rollout.FailureLimit;
import dev.uplift.rollout.Limits;
import dev.uplift.rollout.RehearsalMode;
import dev.uplift.rollout.RolloutWorkflow;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a caller may choose; every field may be absent. Those that select are all to hold: without
 * any, the whole fleet is meant.
 *
 * @param targetVersion absent: the latest
 * @param tenants only these
 * @param labels only tenants that have all of these
 * @param waves absent: those of the rings, see {@link RolloutPlanner}
 * @param maxConcurrency tenants at once, absent: 4
 * @param maxPerHost tenants at once on each host, absent: 2
 * @param maxFailures tenants that may fail, like 3 or {@code "10%"}; absent: none
 * @param bakeSeconds how long a wave is watched before the next one; absent: 0
 * @param approval whether a person has to let each further wave begin; absent: false
 * @param onFailure {@code halt} or {@code continue}; absent: halt
 * @param dryRun whether only to tell what would become of each tenant; absent: false
 * @param rehearse whether the migrations of each tenant are rehearsed before anybody is stopped;
 *     absent: false
 * @param onRehearsalFailure {@code halt} or {@code leave_out}; absent: halt
 */
record RolloutRequest(
    @JsonProperty("target_version") Tag targetVersion,
    List<Slug> tenants,
    AppName app,
    String ring,
    Map<String, String> labels,
    HostName host,
    List<WaveRequest> waves,
    @JsonProperty("max_concurrency") Integer maxConcurrency,
    @JsonProperty("max_concurrency_per_host") Integer maxPerHost,
    @JsonProperty("max_failures") FailureLimit maxFailures,
    @JsonProperty("bake_seconds") Long bakeSeconds,
    Boolean approval,
    @JsonProperty("on_failure") String onFailure,
    @JsonProperty("dry_run") Boolean dryRun,
    Boolean rehearse,
    @JsonProperty("on_rehearsal_failure") String onRehearsalFailure,
    String reason) {
  static final RolloutRequest DEFAULTS =
      new RolloutRequest(
          null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
          null, null);
  static final String HALT = "halt";
  static final String CONTINUE = "continue";
  static final String LEAVE_OUT = "leave_out";
  private static final int AT_ONCE = 4;
  private static final int AT_ONCE_PER_HOST = 2;

  /** A run of the workflow has no more under way. */
  private static final int MAX_AT_ONCE = RolloutWorkflow.TENANTS_OF_A_RUN;

  private static final long MAX_BAKE_SECONDS = 30L * 24 * 60 * 60;

  RolloutRequest {
    Reason.require(reason);
    requireRing(ring);
    requireDifferent("tenants", tenants);
    requireBetween("max_concurrency", maxConcurrency, 1, MAX_AT_ONCE);
    requireBetween("max_concurrency_per_host", maxPerHost, 1, MAX_AT_ONCE);
    requireBetween("bake_seconds", bakeSeconds, 0, MAX_BAKE_SECONDS);
    if (onFailure != null && !onFailure.equals(HALT) && !onFailure.equals(CONTINUE)) {
      throw new IllegalArgumentException("on_failure: must be halt or continue");
    }
    requireRehearsal(dryRun, rehearse, onRehearsalFailure);
    if (waves != null) {
      if (waves.isEmpty()) {
        throw new IllegalArgumentException("waves: must not be empty");
      }
      requireDifferent("waves", waves.stream().flatMap(wave -> wave.named().stream()).toList());
    }
  }

  /**
   * Tenants that are upgraded before the next wave begins: these, or so many of those of a ring
   * that no earlier wave has.
   *
   * @param ring absent with {@code tenants}
   * @param count absent: all of the ring
   */
  record WaveRequest(List<Slug> tenants, String ring, Integer count) {
    WaveRequest {
      requireRing(ring);
      if ((tenants == null || tenants.isEmpty()) == (ring == null)) {
        throw new IllegalArgumentException("waves: each needs either tenants or a ring");
      }
      if (ring == null && count != null) {
        throw new IllegalArgumentException("count: only with a ring");
      }
      requireBetween("count", count, 1, Integer.MAX_VALUE);
    }

    List<Slug> named() {
      return tenants == null ? List.of() : tenants;
    }
  }

  Limits limits() {
    return new Limits(
        maxConcurrency == null ? AT_ONCE : maxConcurrency,
        maxPerHost == null ? AT_ONCE_PER_HOST : maxPerHost,
        maxFailures,
        !CONTINUE.equals(onFailure));
  }

  boolean isDryRun() {
    return Boolean.TRUE.equals(dryRun);
  }

  RehearsalMode rehearsal() {
    boolean migrates = Boolean.TRUE.equals(rehearse);
    if (isDryRun()) {
      return migrates ? RehearsalMode.DRY_RUN : RehearsalMode.LOOK;
    }
    if (!migrates) {
      return RehearsalMode.NONE;
    }
    return LEAVE_OUT.equals(onRehearsalFailure) ? RehearsalMode.LEAVE_OUT : RehearsalMode.HALT;
  }

  private static void requireRehearsal(
      Boolean dryRun, Boolean rehearse, String onRehearsalFailure) {
    if (onRehearsalFailure == null) {
      return;
    }
    if (!onRehearsalFailure.equals(HALT) && !onRehearsalFailure.equals(LEAVE_OUT)) {
      throw new IllegalArgumentException("on_rehearsal_failure: must be halt or leave_out");
    }
    if (!Boolean.TRUE.equals(rehearse) || Boolean.TRUE.equals(dryRun)) {
      throw new IllegalArgumentException(
          "on_rehearsal_failure: only with rehearse, and not with dry_run, which upgrades nobody");
    }
  }

  private static void requireRing(String ring) {
    if (ring != null && !Tenant.RINGS.contains(ring)) {
      throw new IllegalArgumentException(
          "ring: must be test, canary or production, but is '" + ring + "'");
    }
  }

  private static void requireDifferent(String name, List<Slug> tenants) {
    Set<Slug> seen = new HashSet<>();
    for (Slug tenant : tenants == null ? List.<Slug>of() : tenants) {
      if (!seen.add(tenant)) {
        throw new IllegalArgumentException(name + ": " + tenant + " is there twice");
      }
    }
  }

  private static void requireBetween(String name, Number number, long least, long most) {
    if (number != null && (number.longValue() < least || number.longValue() > most)) {
      throw new IllegalArgumentException(
          name
              + (most == Integer.MAX_VALUE
                  ? ": must be at least " + least
                  : ": must be between " + least + " and " + most));
    }
  }
}
