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

  private RolloutDecider() {}

  public static Decision decide(Situation now) {
    if (now.aborted()) {
      return nothing(now.running().isEmpty() ? Next.END : Next.WAIT, null);
    }
    Optional<Halt> halt = now.limits().halts() ? haltFor(now) : Optional.empty();
    if (halt.isPresent() || now.paused()) {
      return nothing(Next.WAIT, halt.orElse(null));
    }
    List<Candidate> start = startable(now);
    if (!start.isEmpty() || !now.waiting().isEmpty() || !now.running().isEmpty()) {
      return new Decision(start, Next.WAIT, null);
    }
    boolean again = !now.busy().isEmpty() && now.busyTries() > 0;
    return nothing(again ? Next.TRY_BUSY_AGAIN : Next.END_WAVE, null);
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
            new Halt(
                Rule.REJECTED_CANARY,
                "The others wait for "
                    + String.join(", ", refused)
                    + ", which could not be upgraded.",
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
                new Halt(
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
            new Halt(
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

  private static List<String> tenants(List<Trouble> troubles, Predicate<Trouble> which) {
    return troubles.stream().filter(which).map(Trouble::tenant).toList();
  }
}
