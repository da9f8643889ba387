package dev.uplift.rollout;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import dev.uplift.rollout.Decision.Halt;
import dev.uplift.rollout.Decision.Next;
import dev.uplift.rollout.Decision.Rule;
import dev.uplift.rollout.Situation.Candidate;
import dev.uplift.rollout.Situation.Trouble;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** Decides what a rollout does next: whom to start, when to halt and why, when a wave is done. */
public final class RolloutDecider {
  private static final int ALIKE = 2;

  /** How many tenants a halt names: a fleet has thousands, and the ledger tells each of them. */
  static final int NAMES_TOLD = 10;

  private RolloutDecider() {}

  public static Decision decide(Situation now) {
    if (now.aborted()) {
      return nothing(now.running().isEmpty() ? Next.END : Next.WAIT, null);
    }
    Optional<Halt> halt = now.limits().halts() ? haltFor(now) : Optional.empty();
    if (halt.isPresent() || now.paused()) {
      return nothing(Next.WAIT, halt.orElse(null));
    }
    List<Candidate> start = now.full() ? List.of() : startable(now);
    if (!start.isEmpty() || !now.running().isEmpty()) {
      return new Decision(start, Next.WAIT, null);
    }
    return nothing(whenNobodyRuns(now), null);
  }

  private static Next whenNobodyRuns(Situation now) {
    boolean again = !now.busy().isEmpty() && now.busyTries() > 0;
    if (now.full()) {
      boolean isLeft = now.toCome() > 0 || !now.waiting().isEmpty() || again;
      return isLeft ? Next.CARRY_ON : Next.END_WAVE;
    }
    return again ? Next.TRY_BUSY_AGAIN : Next.END_WAVE;
  }

  /**
   * What comes of a rehearsal before which nobody is to be stopped: whoever would fail is left out,
   * and a person says so unless it was asked for.
   *
   * @param rehearsed how many tenants came to what
   * @param names the first of those that did not pass
   */
  static Optional<Halt> afterRehearsal(
      RolloutOrder order, Map<Outcome, Integer> rehearsed, List<String> names) {
    int refused = order.tenants() - passed(rehearsed);
    return refused == 0 || order.rehearsal() != RehearsalMode.HALT
        ? Optional.empty()
        : Optional.of(
            halt(
                Rule.REHEARSAL,
                "%d of %d tenants could not be upgraded, and nobody was stopped. Resume to leave them out."
                    .formatted(refused, order.tenants()),
                names,
                null));
  }

  /** How many of those that rehearsed, or were upgraded, got where they were to go. */
  static int passed(Map<Outcome, Integer> counts) {
    return Outcome.count(counts, Outcome::isPassed);
  }

  /**
   * What comes of a wave that is done: of those that the others wait for none may be there, when
   * all were busy, say, or held, or have fallen ill since.
   *
   * @param reached how many of its tenants run the release and are well
   * @param seen whether a person has seen how it fared, and had the rollout go on
   */
  static Optional<Halt> atGate(Wave done, int reached, boolean seen, RolloutOrder order) {
    return !done.gate() || reached > 0 || seen || !order.limits().halts()
        ? Optional.empty()
        : Optional.of(
            halt(
                Rule.NOTHING_PROVEN,
                "No tenant of wave '%s' runs %s, so nothing is proven. Resume to go on all the same."
                    .formatted(done.name(), order.target()),
                List.of(),
                null));
  }

  private static Halt halt(Rule rule, String message, List<String> tenants, Signature signature) {
    return new Halt(rule, message, tenants.stream().limit(NAMES_TOLD).toList(), signature);
  }

  private static Decision nothing(Next next, Halt halt) {
    return new Decision(List.of(), next, halt);
  }

  /** In their order; a host that has enough to do is passed over. */
  private static List<Candidate> startable(Situation now) {
    Map<String, Integer> onHost = new HashMap<>();
    now.running().values().forEach(host -> onHost.merge(host, 1, Integer::sum));
    List<Candidate> start = new ArrayList<>();
    for (Candidate candidate : now.waiting()) {
      if (now.running().size() + start.size() >= now.limits().maxConcurrency()) {
        break;
      }
      if (onHost.getOrDefault(candidate.host(), 0) < now.limits().maxPerHost()) {
        onHost.merge(candidate.host(), 1, Integer::sum);
        start.add(candidate);
      }
    }
    return start;
  }

  // What a person has acknowledged does not count again: otherwise nothing could ever go on.
  private static Optional<Halt> haltFor(Situation now) {
    List<Trouble> unseen =
        now.troubles().stream().filter(trouble -> !trouble.acknowledged()).toList();
    return rejectedCanary(unseen)
        .or(() -> commonCause(unseen))
        .or(() -> tooManyFailures(now, unseen));
  }

  /** Whether it may be what halts a rollout, alone or with others. */
  static boolean heeds(Trouble trouble) {
    return trouble.outcome().isFailure() || trouble.signature() != null || isRefusedCanary(trouble);
  }

  private static boolean isRefusedCanary(Trouble trouble) {
    return trouble.gated() && trouble.outcome() == Outcome.REJECTED;
  }

  private static Optional<Halt> rejectedCanary(List<Trouble> unseen) {
    List<String> refused = tenants(unseen, RolloutDecider::isRefusedCanary);
    return refused.isEmpty()
        ? Optional.empty()
        : Optional.of(
            halt(
                Rule.REJECTED_CANARY,
                "The others wait for " + names(refused) + ", which could not be upgraded.",
                refused,
                null));
  }

  private static Optional<Halt> commonCause(List<Trouble> unseen) {
    Map<Signature, List<Trouble>> alike =
        unseen.stream()
            .filter(trouble -> trouble.signature() != null)
            .collect(groupingBy(Trouble::signature, LinkedHashMap::new, toList()));
    return alike.entrySet().stream()
        .filter(one -> one.getValue().size() >= ALIKE)
        .findFirst()
        .map(
            one ->
                halt(
                    Rule.COMMON_CAUSE,
                    one.getValue().size()
                        + " tenants failed alike, so the others would, too: "
                        + one.getKey(),
                    tenants(one.getValue(), trouble -> true),
                    one.getKey()));
  }

  private static Optional<Halt> tooManyFailures(Situation now, List<Trouble> unseen) {
    List<String> failed = tenants(unseen, trouble -> trouble.outcome().isFailure());
    int tolerated = now.limits().maxFailures().tolerated(now.tenants());
    boolean someWereSeen = unseen.size() < now.troubles().size();
    return failed.size() <= tolerated
        ? Optional.empty()
        : Optional.of(
            halt(
                Rule.MAX_FAILURES,
                "%d %sof %d tenants failed, and max_failures is %s."
                    .formatted(
                        failed.size(),
                        someWereSeen ? "more " : "",
                        now.tenants(),
                        now.limits().maxFailures()),
                failed,
                null));
  }

  private static String names(List<String> all) {
    String told = String.join(", ", all.subList(0, Math.min(all.size(), NAMES_TOLD)));
    int more = all.size() - NAMES_TOLD;
    return more > 0 ? told + " and " + more + " more" : told;
  }

  private static List<String> tenants(List<Trouble> troubles, Predicate<Trouble> which) {
    return troubles.stream().filter(which).map(Trouble::tenant).toList();
  }
}
