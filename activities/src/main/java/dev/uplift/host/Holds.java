package dev.uplift.host;

import dev.uplift.check.CheckReport.Unit;
import dev.uplift.journal.Journal;
import dev.uplift.journal.JournalState;
import dev.uplift.journal.JournalState.Phase;
import dev.uplift.journal.Journals;
import dev.uplift.journal.UnreadableJournal;
import dev.uplift.profile.AppProfile;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.ReleaseOrder;
import dev.uplift.upgrade.ReleasedTenant;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.UpgradePlan;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a person does to held tenants: has their compensation tried again, or ends their hold. */
public final class Holds {
  private static final Logger log = LoggerFactory.getLogger(Holds.class);

  /** The units of a tenant, as far as a hold is about them. */
  public interface Units {
    /** Removes the guards, so that they can be started. */
    void unguard(Tenant tenant, AppProfile profile);

    /** Starts those anew that were up when they were stopped, or all if nobody knows. */
    void start(Tenant tenant, AppProfile profile, Optional<JournalState> held);

    List<Unit> state(Tenant tenant, AppProfile profile);
  }

  private final Journals journals;
  private final TenantLocks locks;
  private final Presence presence;
  private final Cutover cutover;
  private final Units units;
  private final Clock clock;

  public Holds(
      Journals journals,
      TenantLocks locks,
      Presence presence,
      Cutover cutover,
      Units units,
      Clock clock) {
    this.journals = journals;
    this.locks = locks;
    this.presence = presence;
    this.cutover = cutover;
    this.units = units;
    this.clock = clock;
  }

  /**
   * Takes a held upgrade back from its hold. What it answers is this host's to carry out, whatever
   * machine the tenant was inspected on: who has the journal is the judge.
   *
   * @throws StepFailure {@code not_held}, {@code journal_unreadable}, also if there is none, or
   *     {@code busy}
   */
  StepInput reopen(UpgradePlan plan, Machine here, AttemptCancellation attempt) {
    Slug tenant = plan.tenant().id();
    try (TenantLocks.Held lock = locks.acquire(tenant, attempt)) {
      Journal journal = requireOwn(plan);
      JournalState state = journal.state();
      // By this run already, in an earlier attempt: then it may even be held again by now.
      if (state.phase() == Phase.HELD && !state.isResumedBy(plan.upgradeId())) {
        cutover.resume(journal, plan.upgradeId(), whoAndWhy(plan), attempt);
        log.warn("{}: upgrade {} is resumed by {}", tenant, plan.ofUpgrade(), whoAndWhy(plan));
      }
      presence.seen(plan.ofUpgrade());
      StepInput held = state.input();
      return new StepInput(held.plan(), held.from().on(here.id()), held.to(), held.direction())
          .back();
    }
  }

  private Journal requireOwn(UpgradePlan plan) {
    Slug tenant = plan.tenant().id();
    for (Journal open : journals.unsettled(tenant)) {
      if (!idOf(open).equals(plan.ofUpgrade())) {
        throw open.busy();
      }
    }
    Journal journal =
        journals.find(tenant, plan.ofUpgrade()).orElseThrow(() -> noJournal(plan.ofUpgrade()));
    return switch (journal.state().phase()) {
      // What it became meanwhile is read from the journal, step by step.
      case BACK, RESTORED -> journal;
      case HELD -> requireNotSetAside(journal, plan);
      case FORWARD -> throw journal.busy();
      case COMMITTED -> throw notHeld(plan.ofUpgrade(), "its release had been committed.");
      case RELEASED -> throw notHeld(plan.ofUpgrade(), "a person has released the tenant since.");
    };
  }

  private Journal requireNotSetAside(Journal journal, UpgradePlan plan) {
    boolean open =
        journals.unsettled(plan.tenant().id()).stream()
            .anyMatch(unsettled -> idOf(unsettled).equals(plan.ofUpgrade()));
    if (!open) {
      throw notHeld(plan.ofUpgrade(), "a person has moved its journal aside since.");
    }
    return journal;
  }

  /**
   * Ends whatever holds a tenant.
   *
   * @throws StepFailure {@code not_held} or {@code busy}
   */
  ReleasedTenant release(ReleaseOrder order, AttemptCancellation attempt) {
    Tenant tenant = order.tenant();
    try (TenantLocks.Held lock = locks.acquire(tenant.id(), attempt)) {
      Journals.Open open = journals.look(tenant.id());
      requireMeant(order, open);
      boolean nothingOpen = open.unsettled().isEmpty() && open.unreadable().isEmpty();
      String withoutHold = nothingOpen ? withoutHold(order) : null;
      List<String> notes = new ArrayList<>();
      Optional<Journal> held = open.unsettled().stream().findFirst();
      Optional<Journal> ended = held.or(() -> releasedBefore(order));
      UUID upgradeId = ended.map(Holds::idOf).orElse(order.knownUpgrade());
      Optional<StepInput> told = ended.map(journal -> journal.state().input());
      for (UnreadableJournal unreadable : open.unreadable()) {
        told = told.or(unreadable::input);
      }
      AppProfile profile = told.map(input -> input.plan().profile()).orElse(order.profile());
      // Before the journal is moved: cut off after that, nobody would find out that it has to be.
      units.unguard(tenant, profile);
      for (UnreadableJournal unreadable : open.unreadable()) {
        journals.setAside(unreadable);
        notes.add(unreadable.getMessage() + " It was moved aside.");
      }
      if (held.isPresent()) {
        held.get().released(whoAndWhy(order.requestedBy(), order.reason()));
        journals.close(held.get());
      } else if (nothingOpen) {
        notes.add(withoutHold);
      }
      if (order.startServices()) {
        start(tenant, profile, ended.map(Journal::state), notes);
      } else {
        notes.add("Services were left as they are.");
      }
      log.warn(
          "{} is released by {}",
          tenant.id(),
          Redaction.of(whoAndWhy(order.requestedBy(), order.reason())));
      return new ReleasedTenant(
          tenant.id().value(),
          told.map(input -> input.plan().upgradeId()).orElse(upgradeId),
          units.state(tenant, profile),
          notes,
          order.requestedBy(),
          order.reason(),
          Instant.now(clock));
    }
  }

  /** The hold is over by now, whatever becomes of this. */
  private void start(
      Tenant tenant, AppProfile profile, Optional<JournalState> held, List<String> notes) {
    try {
      units.start(tenant, profile, held);
    } catch (RuntimeException refused) {
      notes.add("Services could not be started: " + Redaction.of(refused.getMessage()));
    }
  }

  private static void requireMeant(ReleaseOrder order, Journals.Open open) {
    for (Journal journal : open.unsettled()) {
      if (journal.state().phase() != Phase.HELD) {
        throw journal.busy();
      }
      if (order.upgradeId() != null && !idOf(journal).equals(order.upgradeId())) {
        throw notHeld(order.upgradeId(), "upgrade " + idOf(journal) + " holds the tenant.");
      }
    }
    for (UnreadableJournal unreadable : open.unreadable()) {
      if (unreadable.kind() == FailureKind.WORKER_OUTDATED) {
        throw unreadable;
      }
    }
  }

  /** The ledger may know of a hold that this host has lost, or has ended already. */
  private String withoutHold(ReleaseOrder order) {
    UUID known = order.knownUpgrade();
    Optional<Phase> phase;
    try {
      phase = over(order).map(journal -> journal.state().phase());
    } catch (UnreadableJournal setAside) {
      return setAside.getMessage() + " It had been moved aside before.";
    }
    boolean releasedBefore = phase.filter(Phase.RELEASED::equals).isPresent();
    if (!order.heldInLedger() && !releasedBefore) {
      throw new StepFailure(
          FailureKind.NOT_HELD,
          order.tenant().id() + " is not held.",
          phase.map(found -> "journal of upgrade " + known + ": " + found).orElse(null),
          "Nothing: it may be upgraded.");
    }
    return phase
        .map(found -> "The journal of upgrade " + known + " was over before: " + found + ".")
        .orElse("This host had no journal of upgrade " + known + ".");
  }

  /** A release that was cut off, and is asked for again. */
  private Optional<Journal> releasedBefore(ReleaseOrder order) {
    try {
      return over(order).filter(journal -> journal.state().phase() == Phase.RELEASED);
    } catch (UnreadableJournal setAside) {
      return Optional.empty();
    }
  }

  private Optional<Journal> over(ReleaseOrder order) {
    return order.knownUpgrade() == null
        ? Optional.empty()
        : journals.find(order.tenant().id(), order.knownUpgrade());
  }

  private static StepFailure noJournal(UUID upgradeId) {
    return new StepFailure(
        FailureKind.JOURNAL_UNREADABLE,
        "This host has no journal of upgrade "
            + upgradeId
            + ", so nobody can know what is to be undone.",
        null,
        "Bring the tenant into a good state by hand, and release it with a reason.");
  }

  private static StepFailure notHeld(UUID upgradeId, String why) {
    return new StepFailure(
        FailureKind.NOT_HELD, "Upgrade " + upgradeId + " holds nobody: " + why, null, null);
  }

  private static UUID idOf(Journal journal) {
    return journal.state().input().plan().upgradeId();
  }

  private static String whoAndWhy(UpgradePlan plan) {
    return whoAndWhy(plan.requestedBy(), plan.options().reason());
  }

  private static String whoAndWhy(String who, String why) {
    return who + (why == null ? "" : ": " + why);
  }
}
