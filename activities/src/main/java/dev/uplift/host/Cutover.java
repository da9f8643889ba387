package dev.uplift.host;

import dev.uplift.command.CommandLock;
import dev.uplift.command.CommandRunner;
import dev.uplift.durable.Directories;
import dev.uplift.journal.Journal;
import dev.uplift.journal.JournalState;
import dev.uplift.journal.JournalState.Phase;
import dev.uplift.journal.Journals;
import dev.uplift.journal.UnreadableJournal;
import dev.uplift.profile.AppProfile;
import dev.uplift.tenant.Slug;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out the steps of a cutover and of its compensation, as the tenant's journal allows:
 * intent before effect, a finished step is never repeated, and once it was decided to turn back
 * nothing goes forward any more.
 */
public final class Cutover {
  private static final Logger log = LoggerFactory.getLogger(Cutover.class);

  /** Who decides to turn back when a workflow compensates. */
  static final String BY_WORKFLOW = "workflow";

  private static final Duration STRANGERS_PATIENCE = Duration.ofMinutes(2);
  private static final Set<FailureKind> PASSING =
      Set.of(FailureKind.STOP_FAILED, FailureKind.HOST_UNPREPARED);

  /** Nobody hears of a step that ends its own worker, again and again, before there is an end. */
  private static final int MOST_ATTEMPTS = 20;

  private static final Duration RETRY = Duration.ofSeconds(1);

  private final HostPaths paths;
  private final Journals journals;
  private final TenantLocks locks;
  private final Territory territory;
  private final Map<Step, HostStep> steps;
  private final Fingerprint fingerprint;
  private final Consumer<StepInput> beforeStop;
  private final Consumer<StepInput> guard;
  private final BiFunction<StepInput, JournalState, List<String>> runbook;
  private final BooleanSupplier goingDown;
  private final Duration strangersPatience;
  private final List<Afterwards> afterwards;
  private final Consumer<Slug> endOrphans;

  // The length of each upgrade's journal when this worker had ended a step of it.
  private final Map<UUID, Long> endedStepAt = new ConcurrentHashMap<>();

  /**
   * What is cleared away when nobody can need it any more. It may fail: it is not part of the
   * upgrade.
   */
  public interface Afterwards {
    void clear(StepInput input, StepContext context);

    /** The tenant is held instead, and nothing is cleared away. It must not fail. */
    default void held(StepInput input, StepContext context) {}
  }

  /**
   * @param beforeStop looks once more whether the tenant is as it was inspected; throws if not
   * @param runbook says what a person does with a held tenant
   * @param guard keeps the services of a held tenant from being started
   * @param goingDown whether the machine is being switched off or restarted
   */
  public Cutover(
      HostPaths paths,
      Journals journals,
      TenantLocks locks,
      Territory territory,
      Map<Step, HostStep> steps,
      Fingerprint fingerprint,
      Consumer<StepInput> beforeStop,
      Consumer<StepInput> guard,
      BiFunction<StepInput, JournalState, List<String>> runbook,
      BooleanSupplier goingDown,
      List<Afterwards> afterwards) {
    this(
        paths,
        journals,
        locks,
        territory,
        steps,
        fingerprint,
        beforeStop,
        guard,
        runbook,
        goingDown,
        afterwards,
        STRANGERS_PATIENCE,
        orphansAt(paths));
  }

  /** Ends what a killed worker has left running at a tenant. */
  static Consumer<Slug> orphansAt(HostPaths paths) {
    return tenant -> new CommandLock(paths.commandLock(tenant)).endHolders();
  }

  /**
   * @param endOrphans ends what a killed worker has left running at a tenant; a model has none, and
   *     to look for some takes longer than all else that it does
   */
  Cutover(
      HostPaths paths,
      Journals journals,
      TenantLocks locks,
      Territory territory,
      Map<Step, HostStep> steps,
      Fingerprint fingerprint,
      Consumer<StepInput> beforeStop,
      Consumer<StepInput> guard,
      BiFunction<StepInput, JournalState, List<String>> runbook,
      BooleanSupplier goingDown,
      List<Afterwards> afterwards,
      Duration strangersPatience,
      Consumer<Slug> endOrphans) {
    this.paths = paths;
    this.journals = journals;
    this.locks = locks;
    this.territory = territory;
    this.steps = Map.copyOf(steps);
    this.fingerprint = fingerprint;
    this.beforeStop = beforeStop;
    this.guard = guard;
    this.runbook = runbook;
    this.goingDown = goingDown;
    this.strangersPatience = strangersPatience;
    this.afterwards = List.copyOf(afterwards);
    this.endOrphans = endOrphans;
  }

  /** Runs a step for the workflow; waits until an earlier attempt has let go of the tenant. */
  StepResult run(Step step, StepInput input, AttemptCancellation attempt) {
    Slug tenant = input.plan().tenant().id();
    try (TenantLocks.Held held = locks.acquire(tenant, attempt)) {
      return runLocked(step, input, attempt, BY_WORKFLOW);
    }
  }

  /**
   * Has the compensation of a held upgrade begun anew from where it stopped; whoever calls it holds
   * the tenant's lock.
   *
   * @param run by which it is resumed
   */
  void resume(Journal journal, UUID run, String whoAndWhy, AttemptCancellation attempt) {
    // Before that line: who goes on after a kill finds the upgrade resumed, and would not do it.
    StepContext context = context(journal.state().input(), journal, attempt);
    steps.values().forEach(step -> step.resumed(context));
    journal.resumed(run, whoAndWhy);
  }

  /** Runs a step for whoever holds the tenant's lock. */
  StepResult runLocked(Step step, StepInput input, AttemptCancellation attempt, String decidedBy) {
    Journal journal = journalFor(step, input);
    if (input.direction() == Direction.FORWARD) {
      return goForward(step, input, journal, attempt);
    }
    return goBack(step, input, journal, attempt, decidedBy);
  }

  private StepResult goForward(
      Step step, StepInput input, Journal journal, AttemptCancellation attempt) {
    Optional<StepResult> earlier = finishedBefore(step, input, journal);
    if (earlier.isPresent()) {
      return earlier.get();
    }
    if (journal.state().phase() != Phase.FORWARD) {
      throw new StepFailure(
          FailureKind.TURNED_BACK,
          "The upgrade is being turned back; decided by the " + journal.state().decidedBy() + ".",
          null,
          "Nothing: the tenant is being put back.");
    }
    territory.requirePlace(input.plan().tenant());
    linkInTheWay(input)
        .ifPresent(
            link -> {
              throw replaced(link);
            });
    if (step == Step.STOP_SERVICES) {
      beforeStop.accept(input);
      preparation(input).all().forEach(journal::note);
    }
    startAgainAfterReboot(step, input, journal, attempt);
    StepContext context = begin(step, input, journal, attempt);
    StepResult result = work(step, input, context);
    if (step == Step.BACK_UP_DATABASE) {
      String before = fingerprint.before(input, result);
      context.notes().put(Fingerprint.BEFORE, before);
      result = result.withFacts(StepResult.Facts.backup(result.facts().backupPath(), before));
    }
    if (step == Step.CHECK_HEALTH) {
      journal.committed(result);
      clearUp(input, context);
      close(journal, input);
    } else {
      journal.done(step, Direction.FORWARD, result);
      endedStepAt.put(input.plan().upgradeId(), journal.length());
    }
    return result;
  }

  private StepResult goBack(
      Step step, StepInput input, Journal journal, AttemptCancellation attempt, String decidedBy) {
    if (journal.state().phase() == Phase.COMMITTED) {
      return journal
          .state()
          .resultOf(Step.CHECK_HEALTH, Direction.FORWARD)
          .map(StepResult::facts)
          .map(health -> StepResult.Facts.alreadyCommitted(health.downtimeMillis()))
          .map(
              StepResult.of("The release had been committed: there is nothing to turn back")
                  ::withFacts)
          .orElseThrow();
    }
    if (journal.state().phase() == Phase.HELD) {
      throw heldAlready(journal);
    }
    if (journal.state().phase() == Phase.RELEASED) {
      throw released(journal);
    }
    if (step == Step.STOP_SERVICES
        && !journal.state().hasBegun(Step.STOP_SERVICES, Direction.FORWARD)) {
      return leaveUntouched(input, journal, attempt, decidedBy);
    }
    Optional<StepResult> earlier = finishedBefore(step, input, journal);
    if (earlier.isPresent()) {
      if (step == Step.CHECK_HEALTH && journal.state().phase() == Phase.BACK) {
        // Whoever did it was killed before the last line.
        restored(input, journal, context(input, journal, attempt));
      }
      return earlier.get();
    }
    Optional<Path> link = linkInTheWay(input);
    if (link.isEmpty()) {
      // One that is only missing, a file system that is mounted late for instance, is waited for.
      territory.requirePlace(input.plan().tenant());
    }
    if (journal.state().phase() == Phase.FORWARD) {
      journal.turnBack(decidedBy);
    }
    if (link.isPresent()) {
      throw holdDown(step, input, journal, context(input, journal, attempt), replaced(link.get()));
    }
    if (journal.state().timesBegun(step, Direction.BACK) >= MOST_ATTEMPTS) {
      throw hold(step, input, journal, context(input, journal, attempt), neverEnds(step));
    }
    startAgainAfterReboot(step, input, journal, attempt);
    StepContext context = begin(step, input, journal, attempt);
    try {
      StepResult result = undoPatiently(step, input, context, journal);
      journal.done(step, Direction.BACK, result);
      endedStepAt.put(input.plan().upgradeId(), journal.length());
      if (step == Step.CHECK_HEALTH) {
        restored(input, journal, context);
      }
      return result;
    } catch (StepCancelled handedOver) {
      throw handedOver;
    } catch (StepFailure definite) {
      throw hold(step, input, journal, context, definite);
    } catch (RuntimeException unexpected) {
      throw hold(step, input, journal, context, UnexpectedFailure.explain(unexpected));
    }
  }

  /** The link through which a step would write to somebody else. */
  private Optional<Path> linkInTheWay(StepInput input) {
    AppProfile from = input.from().profile();
    List<String> within = new ArrayList<>(List.of(".git"));
    Stream.of(
            Stream.of(from.database()),
            from.state().stream(),
            targets(from),
            targets(input.to().profile()))
        .flatMap(paths -> paths)
        .map(path -> Path.of(path).getParent())
        .filter(Objects::nonNull)
        .forEach(parent -> within.add(parent.toString()));
    if (input.direction() == Direction.FORWARD) {
      // Backwards it is what may have to be replaced.
      within.add(from.database());
    }
    return territory.linkInTheWay(input.plan().tenant(), within);
  }

  private static Stream<String> targets(AppProfile profile) {
    return profile.dependencies().stream().flatMap(spec -> spec.targets().stream());
  }

  private static StepFailure replaced(Path link) {
    return new StepFailure(
        FailureKind.WRONG_HOST,
        link + " was replaced by a symbolic link during the upgrade.",
        "it leads to " + readLink(link),
        "Put what belongs to the tenant back at this path.");
  }

  private static String readLink(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException gone) {
      return "what cannot be read";
    }
  }

  private static StepFailure neverEnds(Step step) {
    return new StepFailure(
        FailureKind.STEP_FAILED,
        step.activity()
            + " was begun "
            + MOST_ATTEMPTS
            + " times, and each time the worker ended before it did.",
        null,
        "Look in the journal of the worker's unit what ends it: its memory, perhaps.");
  }

  /** Ends an upgrade whose cutover never began. A forward attempt that comes late is refused. */
  private StepResult leaveUntouched(
      StepInput input, Journal journal, AttemptCancellation attempt, String decidedBy) {
    if (journal.state().phase() == Phase.FORWARD) {
      journal.turnBack(decidedBy);
    }
    if (journal.state().phase() != Phase.RESTORED) {
      journal.restored();
      clearUp(input, context(input, journal, attempt));
    }
    close(journal, input);
    return StepResult.of("The cutover had not begun: the tenant is as it was")
        .withFacts(StepResult.Facts.neverBegun(journal.state().decidedBy()));
  }

  /**
   * What a finished step answered. Services that were started before the host was do not run, which
   * concerns an upgrade as long as it is not over.
   */
  private static Optional<StepResult> finishedBefore(Step step, StepInput input, Journal journal) {
    boolean gone =
        step == Step.START_SERVICES
            && !journal.state().phase().isSettled()
            && journal.state().isOfEarlierBoot(step, input.direction(), Journal.currentBootId());
    return gone ? Optional.empty() : journal.state().resultOf(step, input.direction());
  }

  /** Health cannot be judged of services that the restart of the host has ended. */
  private void startAgainAfterReboot(
      Step step, StepInput input, Journal journal, AttemptCancellation attempt) {
    if (step == Step.CHECK_HEALTH
        && journal
            .state()
            .isOfEarlierBoot(Step.START_SERVICES, input.direction(), Journal.currentBootId())) {
      StepContext context = begin(Step.START_SERVICES, input, journal, attempt);
      StepResult started = work(Step.START_SERVICES, input, context);
      journal.done(Step.START_SERVICES, input.direction(), started);
    }
  }

  /**
   * A stranger who has the database open, a cron job's backup for instance, goes away by himself,
   * and a service manager that does not answer is back when its update is over: a tenant is not
   * held for that before they had time to.
   */
  private StepResult undoPatiently(
      Step step, StepInput input, StepContext context, Journal journal) {
    long deadline = System.nanoTime() + strangersPatience.toNanos();
    while (true) {
      try {
        return undo(step, input, context, journal);
      } catch (StepFailure failure) {
        if (!PASSING.contains(failure.kind())
            || step == Step.START_SERVICES
            || step == Step.CHECK_HEALTH
            || deadline - System.nanoTime() < 0) {
          throw failure;
        }
        log.warn(
            "{}: {} It is tried again.",
            input.plan().tenant().id(),
            Redaction.of(failure.getMessage()));
        context.cancellation().pause(RETRY);
      }
    }
  }

  private StepResult undo(Step step, StepInput input, StepContext context, Journal journal) {
    boolean touched = journal.state().hasBegun(Step.BACK_UP_DATABASE, Direction.FORWARD);
    if (step == Step.STOP_SERVICES) {
      // As long as nothing was written, services that do not stop are no reason to hold a tenant
      // that serves.
      StepResult result =
          touched
              ? work(step, input, context)
              : StepResult.of("Nothing had been written: services are left as they are");
      return result.withFacts(StepResult.Facts.turnedBackBy(journal.state().decidedBy()));
    }
    StepResult result = work(step, input, context);
    if (step == Step.RESTORE_CODE) {
      return result.withFacts(
          StepResult.Facts.fingerprint(fingerprint.requireEqual(input, context)));
    }
    return result;
  }

  /**
   * Without secrets from here on: the journal is kept, too. What fails while the machine goes down
   * fails for that, commands and services die then; nothing is decided by it, and whoever goes on
   * after the restart begins the step anew.
   */
  private StepResult work(Step step, StepInput input, StepContext context) {
    try {
      return Redaction.of(steps.get(step).run(input, context));
    } catch (StepCancelled handedOver) {
      throw handedOver;
    } catch (RuntimeException failure) {
      if (!goingDown.getAsBoolean()) {
        throw failure;
      }
      log.warn(
          "{}: {} was cut off, since the machine goes down: {}",
          input.plan().tenant().id(),
          step.activity(),
          Redaction.of(failure.getMessage()));
      throw new StepCancelled("the machine goes down");
    }
  }

  private StepContext begin(
      Step step, StepInput input, Journal journal, AttemptCancellation attempt) {
    if (mayHaveOrphans(input, journal)) {
      endOrphans.accept(input.plan().tenant().id());
    }
    attempt.check();
    journal.intent(step, input.direction());
    return context(input, journal, attempt);
  }

  // An orphan of a killed worker must not work beside this attempt. To look for one means to look
  // at all processes of the host, with the services down. A step that was ended here left none,
  // and had another worker begun one since, its intent would be in the journal.
  private boolean mayHaveOrphans(StepInput input, Journal journal) {
    Long endedAt = endedStepAt.get(input.plan().upgradeId());
    return endedAt == null || endedAt != journal.length();
  }

  private void restored(StepInput input, Journal journal, StepContext context) {
    journal.restored();
    clearUp(input, context);
    close(journal, input);
  }

  /**
   * Does what a kill kept the end of an upgrade from, for whoever holds the tenant's lock. Nothing
   * of the upgrade depends on it, but what is left would take room for ever.
   */
  void close(Journal over, AttemptCancellation attempt) {
    StepInput input = over.state().input();
    if (over.state().phase() != Phase.RELEASED) {
      clearUp(input, context(input, over, attempt));
    }
    close(over, input);
  }

  private void close(Journal journal, StepInput input) {
    endedStepAt.remove(input.plan().upgradeId());
    journals.close(journal);
  }

  private StepContext context(StepInput input, Journal journal, AttemptCancellation attempt) {
    CommandRunner commands =
        CommandRunner.under(paths.commandLock(input.plan().tenant().id()), attempt);
    StepContext.Notes notes =
        new StepContext.Notes() {
          @Override
          public void put(String key, String value) {
            journal.note(key, value);
          }

          @Override
          public Optional<String> get(String key) {
            return journal.state().note(key);
          }
        };
    return new StepContext(paths, attempt, commands, notes);
  }

  private Journal journalFor(Step step, StepInput input) {
    Slug tenant = input.plan().tenant().id();
    UUID upgradeId = input.plan().upgradeId();
    Optional<Journal> found = find(input);
    if (found.isPresent()) {
      return found.get();
    }
    if (step != Step.STOP_SERVICES) {
      // Held, although there is nowhere to write that down: nobody can know what is to be undone.
      throw new TenantHeld(
          new StepFailure(
              FailureKind.STEP_FAILED,
              "This host has no journal of upgrade " + upgradeId + ".",
              paths.journals(tenant).toString(),
              "Look whether the state directory of the worker was changed or emptied."),
          List.of("# Compare the checkout and the database with the backups that are there."));
    }
    if (input.direction() == Direction.FORWARD) {
      requireNoOther(tenant);
    }
    // Backwards too: the record that it turned back refuses a forward attempt that comes late.
    return journals.create(input);
  }

  /**
   * Nobody can turn back by a journal that tells nothing, so there is no use in trying it again.
   */
  private Optional<Journal> find(StepInput input) {
    try {
      return journals.find(input.plan().tenant().id(), input.plan().upgradeId());
    } catch (UnreadableJournal unreadable) {
      // That of a newer worker is his to go on with: backwards the step is tried until he takes it.
      if (input.direction() == Direction.FORWARD
          || unreadable.kind() == FailureKind.WORKER_OUTDATED) {
        throw unreadable;
      }
      raiseGuard(input);
      throw new TenantHeld(
          unreadable,
          List.of(
              "# "
                  + unreadable.getMessage()
                  + " What it still tells is there; nothing was deleted.",
              "# Compare the checkout and the database with the backups that are there."));
    }
  }

  private void requireNoOther(Slug tenant) {
    for (Journal other : journals.unsettled(tenant)) {
      throw other.busy();
    }
  }

  /** Nothing of it may be started, whatever was proven before. */
  private TenantHeld holdDown(
      Step step, StepInput input, Journal journal, StepContext context, StepFailure why) {
    journal.held(step, why.told(step.activity()), runbook.apply(input, journal.state()));
    raiseGuard(input);
    log.error("{} is held: {}", input.plan().tenant().id(), Redaction.of(why.getMessage()));
    afterwards.forEach(one -> one.held(input, context));
    return new TenantHeld(why, journal.state().runbook());
  }

  private TenantHeld hold(
      Step step, StepInput input, Journal journal, StepContext context, StepFailure why) {
    journal.held(step, why.told(step.activity()), runbook.apply(input, journal.state()));
    if (journal.state().isAsItWas()) {
      letServe(step, input, context);
    } else {
      raiseGuard(input);
    }
    log.error("{} is held: {}", input.plan().tenant().id(), Redaction.of(why.getMessage()));
    afterwards.forEach(one -> one.held(input, context));
    return new TenantHeld(why, journal.state().runbook());
  }

  /** The old release on its own data may serve, and come up, until somebody looks after it. */
  private void letServe(Step step, StepInput input, StepContext context) {
    if (step == Step.START_SERVICES || step == Step.CHECK_HEALTH) {
      return;
    }
    try {
      work(Step.START_SERVICES, input, context);
    } catch (RuntimeException e) {
      log.error("{} cannot be started", input.plan().tenant().id(), Redaction.of(e));
    }
  }

  /** Keeps the services of a held tenant from being started. */
  void raiseGuard(StepInput input) {
    try {
      guard.accept(input);
    } catch (RuntimeException e) {
      log.error("the guard of {} cannot be raised", input.plan().tenant().id(), Redaction.of(e));
    }
  }

  private static TenantHeld heldAlready(Journal journal) {
    Failure failure = journal.state().heldFor();
    return new TenantHeld(
        new StepFailure(failure.kind(), failure.message(), failure.evidence(), failure.advice()),
        journal.state().runbook());
  }

  private static TenantHeld released(Journal journal) {
    UUID upgradeId = journal.state().input().plan().upgradeId();
    return new TenantHeld(
        new StepFailure(
            FailureKind.NOT_HELD,
            "A person has looked after the tenant and ended upgrade " + upgradeId + ".",
            null,
            "Nothing: whatever of it is still under way does nothing any more."),
        List.of());
  }

  private PreparationNotes preparation(StepInput input) {
    return new PreparationNotes(
        paths.preparation(input.plan().tenant().id(), input.plan().upgradeId()));
  }

  private void clearUp(StepInput input, StepContext context) {
    try {
      for (Afterwards clearing : afterwards) {
        clearing.clear(input, context);
      }
      Directories.remove(paths.scratch(input.plan().upgradeId()));
      Directories.remove(preparation(input).file());
    } catch (IOException | RuntimeException e) {
      log.warn("clearing up after {} did not work", input.plan().upgradeId(), Redaction.of(e));
    }
  }
}
