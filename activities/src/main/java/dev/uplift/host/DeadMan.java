package dev.uplift.host;

import dev.uplift.command.CommandLock;
import dev.uplift.durable.Directories;
import dev.uplift.journal.Journal;
import dev.uplift.journal.JournalState;
import dev.uplift.journal.JournalState.Phase;
import dev.uplift.journal.Journals;
import dev.uplift.journal.UnreadableJournal;
import dev.uplift.logging.LogContext;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import dev.uplift.upgrade.UpgradePlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a cutover that nobody speaks of any more. A tenant whose services are stopped must not stay
 * down because the engine, the network or the workflow's worker is gone: after the lease, or after
 * a restart of the host, it is turned back with the same steps that the workflow would have run.
 * Knows no engine.
 */
public final class DeadMan {
  private static final Logger log = LoggerFactory.getLogger(DeadMan.class);
  private static final List<Step> COMPENSATION =
      List.of(
          Step.STOP_SERVICES,
          Step.RESTORE_DATABASE,
          Step.RESTORE_DEPENDENCIES,
          Step.RESTORE_CODE,
          Step.START_SERVICES,
          Step.CHECK_HEALTH);

  /**
   * On one file system: each copies a database, and more of them would only wait for the disk. What
   * hangs on one must not keep those on another from being settled.
   */
  private static final int AT_ONCE = 4;

  private static final Duration START_PATIENCE = Duration.ofSeconds(30);

  /** How a cutover that nobody spoke of ended. */
  public enum Settlement {
    /** The new release had been started and was healthy. */
    FINISHED,
    TURNED_BACK,
    HELD
  }

  private final Duration startPatience;
  private final Cutover cutover;
  private final Journals journals;
  private final TenantLocks locks;
  private final Presence presence;
  private final HostPaths paths;
  private final Duration lease;
  private final Occupancy occupancy;
  private final Map<UUID, Long> settling = new ConcurrentHashMap<>();
  private final Map<Path, Boolean> leftAlone = new ConcurrentHashMap<>();
  private final Map<Object, Semaphore> disks = new ConcurrentHashMap<>();
  private final ExecutorService settlers =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "dead-man");
            thread.setDaemon(true);
            return thread;
          });
  private final Map<Settlement, LongAdder> settlements = new EnumMap<>(Settlement.class);
  private volatile Instant lookedAt = Instant.now();

  public DeadMan(
      Cutover cutover,
      Journals journals,
      TenantLocks locks,
      Presence presence,
      HostConfiguration configuration) {
    this(cutover, journals, locks, presence, configuration, START_PATIENCE);
  }

  DeadMan(
      Cutover cutover,
      Journals journals,
      TenantLocks locks,
      Presence presence,
      HostConfiguration configuration,
      Duration startPatience) {
    this.startPatience = startPatience;
    this.cutover = cutover;
    this.journals = journals;
    this.locks = locks;
    this.presence = presence;
    this.paths = configuration.paths();
    this.lease = configuration.lease();
    this.occupancy = new Occupancy(paths);
    for (Settlement settlement : Settlement.values()) {
      settlements.put(settlement, new LongAdder());
    }
  }

  /** When it last looked at all journals; an old time means that it hangs. */
  public Instant lookedAt() {
    return lookedAt;
  }

  /** For how long the oldest settlement has been going on; zero if there is none. */
  public Duration settlingFor() {
    long now = System.nanoTime();
    return settling.values().stream()
        .map(begun -> Duration.ofNanos(now - begun))
        .max(Duration::compareTo)
        .orElse(Duration.ZERO);
  }

  /** How many cutovers have ended so since this worker was started. */
  public long settled(Settlement settlement) {
    return settlements.get(settlement).sum();
  }

  /**
   * Before the worker takes work: ends what a killed worker left running, and settles what a
   * restart of the host cut off, or begins to, if that takes long. A worker that is being replaced
   * by this one may still be at work and is left alone.
   */
  public void atStart() {
    occupancy.enter(this::removeScratch);
    for (Journal journal : journals.look().unsettled()) {
      isolated(journal, () -> endOrphans(tenantOf(journal).id()));
    }
    try {
      look().get(startPatience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException stillAtWork) {
      log.warn("work is taken, while tenants are still being settled");
    } catch (ExecutionException defect) {
      throw new IllegalStateException(defect);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void removeScratch() {
    try {
      Directories.remove(paths.scratch());
    } catch (IOException leftForNextTime) {
      log.warn("scratch trees cannot be removed", leftForNextTime);
    }
  }

  /** Whoever holds the tenant is alive, and so its commands are no orphans. */
  private void endOrphans(Slug tenant) {
    try (TenantLocks.Held held = locks.tryAcquire(tenant, new AttemptCancellation())) {
      if (held != null) {
        new CommandLock(paths.commandLock(tenant)).endHolders();
      }
    }
  }

  /**
   * Begins to settle every cutover whose lease is over, some of them at once. To be called again
   * and again.
   *
   * @return is done when these are settled, or cannot be settled now
   */
  public CompletableFuture<Void> look() {
    Journals.Open open = journals.look();
    open.unsettled()
        .forEach(
            journal -> isolated(journal, () -> presence.looked(idOf(journal), journal.length())));
    leaveAlone(open.unreadable());
    open.unclosed().forEach(journal -> isolated(journal, () -> close(journal)));
    CompletableFuture<Void> begun =
        CompletableFuture.allOf(
            open.unsettled().stream()
                .filter(journal -> reason(journal.state()).isPresent())
                .filter(journal -> settling.putIfAbsent(idOf(journal), System.nanoTime()) == null)
                .map(journal -> CompletableFuture.runAsync(() -> settleAlone(journal), settlers))
                .toArray(CompletableFuture[]::new));
    lookedAt = Instant.now();
    return begun;
  }

  /** Of which nobody can tell what is to be undone: it is for a person, who is told once. */
  private void leaveAlone(List<UnreadableJournal> unreadable) {
    leftAlone.keySet().retainAll(unreadable.stream().map(UnreadableJournal::file).toList());
    for (UnreadableJournal journal : unreadable) {
      if (leftAlone.putIfAbsent(journal.file(), true) == null) {
        log.error(
            "{} {} Its tenant is held.",
            Redaction.of(journal.getMessage()),
            Redaction.of(journal.evidence()));
        journal.input().ifPresent(cutover::raiseGuard);
      }
    }
  }

  /** Who ends the upgrade at this moment holds the tenant, and closes it himself. */
  private void close(Journal over) {
    AttemptCancellation attempt = new AttemptCancellation();
    try (TenantLocks.Held held = locks.tryAcquire(tenantOf(over).id(), attempt)) {
      if (held != null) {
        journals.look(tenantOf(over).id()).unclosed().stream()
            .filter(still -> idOf(still).equals(idOf(over)))
            .forEach(still -> cutover.close(still, attempt));
      }
    }
  }

  private void settleAlone(Journal journal) {
    Semaphore disk =
        disks.computeIfAbsent(diskOf(tenantOf(journal)), device -> new Semaphore(AT_ONCE));
    disk.acquireUninterruptibly();
    try {
      isolated(journal, () -> settle(journal.state().input()));
    } finally {
      disk.release();
      settling.remove(idOf(journal));
    }
  }

  private static Object diskOf(Tenant tenant) {
    try {
      return Files.getAttribute(Path.of(tenant.path()), "unix:dev");
    } catch (IOException absent) {
      return "absent";
    }
  }

  /** Who decides that an upgrade is to be settled; empty if it is in good hands. */
  private Optional<String> reason(JournalState state) {
    if (state.phase().isSettled()) {
      return Optional.empty();
    }
    if (!Journal.currentBootId().equals(state.bootId())) {
      return Optional.of("host, which was restarted");
    }
    Duration silence = presence.silence(state.input().plan().upgradeId(), state.writtenAt());
    return silence.compareTo(lease) > 0
        ? Optional.of("host, which heard nothing")
        : Optional.empty();
  }

  /** One tenant's trouble must not keep the others from being looked after. */
  private static void isolated(Journal journal, Runnable work) {
    UpgradePlan plan = journal.state().input().plan();
    try (LogContext named = LogContext.of(plan.tenant().id(), plan.upgradeId())) {
      work.run();
    } catch (RuntimeException e) {
      log.error("{} cannot be settled now", plan.tenant().id(), Redaction.of(e));
    }
  }

  private static Tenant tenantOf(Journal journal) {
    return journal.state().input().plan().tenant();
  }

  private static UUID idOf(Journal journal) {
    return journal.state().input().plan().upgradeId();
  }

  private void settle(StepInput input) {
    AttemptCancellation attempt = new AttemptCancellation();
    try (TenantLocks.Held held = locks.tryAcquire(input.plan().tenant().id(), attempt)) {
      if (held == null) {
        return;
      }
      // Somebody may have gone on between the look and the lock.
      JournalState state =
          journals
              .find(input.plan().tenant().id(), input.plan().upgradeId())
              .map(Journal::state)
              .orElseThrow();
      reason(state).ifPresent(decidedBy -> settle(input, state, attempt, decidedBy));
    }
  }

  private void settle(
      StepInput input, JournalState state, AttemptCancellation attempt, String decidedBy) {
    log.warn(
        "{}: settling upgrade {}; decided by the {}",
        input.plan().tenant().id(),
        input.plan().upgradeId(),
        decidedBy);
    boolean finished =
        state.phase() == Phase.FORWARD
            && state.hasBegun(Step.START_SERVICES, Direction.FORWARD)
            && finish(input, attempt);
    Settlement settlement = finished ? Settlement.FINISHED : turnBack(input, attempt, decidedBy);
    settlements.get(settlement).increment();
  }

  /** The new release was being started when the others went silent: it is kept if it is healthy. */
  private boolean finish(StepInput input, AttemptCancellation attempt) {
    try {
      cutover.runLocked(Step.START_SERVICES, input, attempt, null);
      cutover.runLocked(Step.CHECK_HEALTH, input, attempt, null);
      return true;
    } catch (StepCancelled handedOver) {
      throw handedOver;
    } catch (RuntimeException unhealthy) {
      log.warn("{}: {}", input.plan().tenant().id(), Redaction.of(unhealthy.getMessage()));
      return false;
    }
  }

  private Settlement turnBack(StepInput input, AttemptCancellation attempt, String decidedBy) {
    try {
      for (Step step : COMPENSATION) {
        StepResult undone = cutover.runLocked(step, input.back(), attempt, decidedBy);
        if (Boolean.TRUE.equals(undone.facts().neverBegun())) {
          break;
        }
      }
      log.warn("{} was turned back", input.plan().tenant().id());
      return Settlement.TURNED_BACK;
    } catch (TenantHeld held) {
      log.error("{} is held: {}", input.plan().tenant().id(), Redaction.of(held.getMessage()));
      return Settlement.HELD;
    }
  }
}
