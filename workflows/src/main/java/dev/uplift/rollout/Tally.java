package dev.uplift.rollout;

import dev.uplift.rollout.Situation.Trouble;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What has come of the tenants of a rollout so far. One run of the workflow hands it over to the
 * next, so its components are in histories.
 *
 * @param rehearsed how many tenants came to what in their rehearsals
 * @param refused the first of those whose rehearsal failed
 * @param counts how many tenants came to what
 * @param troubles those that did not get there, at least those that a rule heeds
 * @param reached how many of the wave under way got there and are well
 * @param leftOut how many of that wave are left out since a person said so after the rehearsal
 * @param seen whether a person has seen how that wave fares, and had the rollout go on
 */
public record Tally(
    Map<Outcome, Integer> rehearsed,
    List<String> refused,
    Map<Outcome, Integer> counts,
    List<Trouble> troubles,
    int reached,
    int leftOut,
    boolean seen) {
  static final Tally NONE = new Tally(Map.of(), List.of(), Map.of(), List.of(), 0, 0, false);

  private static final int TROUBLES_TOLD = 50;

  public Tally {
    rehearsed = inOrder(rehearsed);
    refused = List.copyOf(refused);
    counts = inOrder(counts);
    troubles = List.copyOf(troubles);
  }

  /** After a tenant has rehearsed. */
  Tally withRehearsal(String tenant, Outcome outcome) {
    boolean isNamed = !outcome.isPassed() && refused.size() < RolloutDecider.NAMES_TOLD;
    return new Tally(
        changed(rehearsed, outcome, 1),
        isNamed ? and(refused, tenant) : refused,
        counts,
        troubles,
        reached,
        leftOut,
        seen);
  }

  /**
   * After a tenant of the wave under way has ended.
   *
   * @param gated whether others wait for it
   */
  Tally withEnd(String tenant, TenantEnd end, boolean gated, RolloutOrder order) {
    boolean isReached = end.outcome().isReached();
    boolean isLeftOut =
        end.outcome() == Outcome.LEFT_OUT && order.rehearsal() == RehearsalMode.HALT;
    return new Tally(
        rehearsed,
        refused,
        changed(counts, end.outcome(), 1),
        isReached ? troubles : with(troubles, trouble(tenant, end, gated), order.limits()),
        reached + (isReached ? 1 : 0),
        leftOut + (isLeftOut ? 1 : 0),
        seen);
  }

  /**
   * After a tenant that was stalled has ended, since its host came back. What that has halted stays
   * so until a person has seen it.
   *
   * @param isOfThisWave whether the wave under way is still its own
   * @param isHalted whether the rollout is halted
   */
  Tally withEndOfStalled(String tenant, TenantEnd end, boolean isOfThisWave, boolean isHalted) {
    boolean isReached = end.outcome().isReached();
    List<Trouble> left = new ArrayList<>();
    for (Trouble one : troubles) {
      if (!one.isStalled(tenant) || isReached && isHalted) {
        left.add(one);
      } else if (!isReached) {
        left.add(trouble(tenant, end, one.gated(), one.acknowledged()));
      }
    }
    return new Tally(
        rehearsed,
        refused,
        changed(changed(counts, Outcome.STALLED, -1), end.outcome(), 1),
        left,
        reached + (isReached && isOfThisWave ? 1 : 0),
        leftOut,
        seen);
  }

  /** After a tenant of the wave under way that was upgraded was found to be ill. */
  Tally withFailedLate(String tenant, boolean gated, Limits limits) {
    List<Trouble> others = troubles.stream().filter(one -> !one.isStalled(tenant)).toList();
    TenantEnd end = new TenantEnd(Outcome.FAILED_LATE, null, null, null);
    return new Tally(
        rehearsed,
        refused,
        changed(changed(counts, Outcome.SUCCESS, -1), Outcome.FAILED_LATE, 1),
        with(others, trouble(tenant, end, gated), limits),
        reached - 1,
        leftOut,
        seen);
  }

  /** After a person has seen what has come of them, and had the rollout go on. */
  Tally asSeen() {
    List<Trouble> acknowledged = troubles.stream().map(Trouble::seen).toList();
    return new Tally(rehearsed, refused, counts, acknowledged, reached, leftOut, true);
  }

  Tally ofNextWave() {
    return new Tally(rehearsed, refused, counts, troubles, 0, 0, false);
  }

  /** Whether a person knows how a wave fared without a proof by any of its tenants. */
  boolean knows(Wave wave) {
    return seen || leftOut == wave.tenants();
  }

  List<Trouble> troublesTold() {
    return troubles.subList(0, Math.min(troubles.size(), TROUBLES_TOLD));
  }

  /** How many did not get there besides {@link #troublesTold}. */
  int moreTroubles() {
    int all = Outcome.count(counts, outcome -> !outcome.isReached());
    // One that was stalled and got there is told of as long as it halts the rollout.
    return Math.max(0, all - troublesTold().size());
  }

  private static Trouble trouble(String tenant, TenantEnd end, boolean gated) {
    return trouble(tenant, end, gated, false);
  }

  private static Trouble trouble(
      String tenant, TenantEnd end, boolean gated, boolean acknowledged) {
    Signature signature = Signature.of(tenant, end.failure()).orElse(null);
    return new Trouble(tenant, end.outcome(), signature, gated, acknowledged);
  }

  // Of those that nothing depends on, only the first are told.
  private static List<Trouble> with(List<Trouble> troubles, Trouble one, Limits limits) {
    boolean isKept = limits.halts() && RolloutDecider.heeds(one) || troubles.size() < TROUBLES_TOLD;
    return isKept ? and(troubles, one) : troubles;
  }

  private static <T> List<T> and(List<T> all, T one) {
    return Stream.concat(all.stream(), Stream.of(one)).toList();
  }

  private static Map<Outcome, Integer> changed(
      Map<Outcome, Integer> counts, Outcome outcome, int by) {
    Map<Outcome, Integer> now = new EnumMap<>(Outcome.class);
    now.putAll(counts);
    now.merge(outcome, by, (before, change) -> before + change == 0 ? null : before + change);
    return now;
  }

  private static Map<Outcome, Integer> inOrder(Map<Outcome, Integer> counts) {
    Map<Outcome, Integer> copy = new EnumMap<>(Outcome.class);
    copy.putAll(counts);
    return Collections.unmodifiableMap(copy);
  }
}
