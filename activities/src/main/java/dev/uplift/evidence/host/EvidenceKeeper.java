package dev.uplift.evidence.host;

import dev.uplift.evidence.EvidenceReport;
import dev.uplift.evidence.EvidenceRequest;
import dev.uplift.host.Cutover;
import dev.uplift.host.HostStep;
import dev.uplift.host.Redaction;
import dev.uplift.host.StepContext;
import dev.uplift.journal.Journals;
import dev.uplift.service.ServiceManager;
import dev.uplift.service.UnitName;
import dev.uplift.tenant.Slug;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import dev.uplift.upgrade.UpgradePlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what is seen of upgrades, beside them: all of it is cleaned, written and looked for on
 * threads of its own, so that no step fails or waits for it. What the way back would change or
 * hide, the checkout and the logs, is looked at when it begins; it waits a moment for that, and
 * goes on.
 */
public final class EvidenceKeeper implements Cutover.Afterwards, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EvidenceKeeper.class);
  private static final int LOG_BYTES = Excerpt.MAX_BYTES + Excerpt.MARGIN_BYTES;

  /** In memory, until it is written. */
  private static final long MOST_WAITING_CHARS = 8L << 20;

  private static final int LOOKS_AT_ONCE = 4;
  private static final Duration WAY_BACK_WAITS = Duration.ofSeconds(1);
  private static final Duration READER_WAITS = Duration.ofSeconds(2);
  private static final Duration END_WAITS = Duration.ofSeconds(2);

  private final EvidenceStore store;
  private final Journals journals;
  private final ServiceManager services;
  private final Function<StepInput, String> gitStatus;
  private final Clock clock;
  private final ExecutorService writer = threads("evidence-writer", 1);
  private final ExecutorService lookers = threads("evidence-looker", LOOKS_AT_ONCE);
  private final AtomicLong waitingChars = new AtomicLong();
  private final Map<UUID, WayBack> waysBack = new ConcurrentHashMap<>();
  private final Map<UUID, CompletableFuture<Void>> lastLooks = new ConcurrentHashMap<>();

  /** What is being looked at since an upgrade turned back. */
  private record WayBack(CompletableFuture<Void> code, CompletableFuture<Void> logs) {}

  /**
   * @param gitStatus of the tenant's checkout, as a person reads it
   */
  public EvidenceKeeper(
      EvidenceStore store,
      Journals journals,
      ServiceManager services,
      Function<StepInput, String> gitStatus,
      Clock clock) {
    this.store = store;
    this.journals = journals;
    this.services = services;
    this.gitStatus = gitStatus;
    this.clock = clock;
  }

  private static ExecutorService threads(String name, int most) {
    return Executors.newFixedThreadPool(
        most,
        work -> {
          Thread thread = new Thread(work, name);
          thread.setDaemon(true);
          return thread;
        });
  }

  /** Where the steps of an upgrade put what they see. */
  public StepContext.Evidence of(UpgradePlan plan) {
    return (name, text, cutBytes) -> keep(plan, name, text, cutBytes);
  }

  /** The same step, with what it sees kept. */
  public HostStep watched(Step step, HostStep inner) {
    return new HostStep() {
      @Override
      public StepResult run(StepInput input, StepContext context) {
        if (input.direction() == Direction.BACK) {
          onTheWayBack(step, input);
        }
        return inner.run(input, context.with(of(input.plan())));
      }

      @Override
      public void resumed(StepContext context) {
        inner.resumed(context);
      }
    };
  }

  private void onTheWayBack(Step step, StepInput input) {
    UUID upgrade = input.plan().upgradeId();
    switch (step) {
      // Once, although a step that does not come to its end may be begun again every second.
      case STOP_SERVICES -> waysBack.computeIfAbsent(upgrade, id -> turn(input));
      case RESTORE_CODE ->
          Optional.ofNullable(waysBack.get(upgrade)).ifPresent(way -> awaitOrGiveUp(way.code()));
      case START_SERVICES ->
          Optional.ofNullable(waysBack.remove(upgrade)).ifPresent(way -> awaitOrGiveUp(way.logs()));
      default -> {}
    }
  }

  private WayBack turn(StepInput input) {
    CompletableFuture<Void> code = new CompletableFuture<>();
    CompletableFuture<Void> logs = new CompletableFuture<>();
    look(code, () -> keepStatus(input, "git/turning-back", code));
    look(logs, () -> keepLogs(input, JournalLines.stop(lines(input)), logs));
    return new WayBack(code, logs);
  }

  /** Looks once more at a tenant whose upgrade has ended; its services run. */
  @Override
  public void clear(StepInput input, StepContext context) {
    lastLook(input);
  }

  /** Looks once more at a tenant that a person will look at. */
  @Override
  public void held(StepInput input, StepContext context) {
    lastLook(input);
  }

  private void lastLook(StepInput input) {
    UUID upgrade = input.plan().upgradeId();
    waysBack.remove(upgrade);
    CompletableFuture<Void> done = new CompletableFuture<>();
    lastLooks.put(upgrade, done);
    done.whenComplete((nothing, problem) -> lastLooks.remove(upgrade, done));
    look(
        done,
        () -> {
          List<String> journal = lines(input);
          if (JournalLines.stop(journal).isPresent()) {
            keepStatus(input, "git/afterwards", done);
            keepLogs(input, JournalLines.latestTurn(journal), done);
          }
          write(() -> store.sync(input.plan().tenant().id(), upgrade));
        });
  }

  private List<String> lines(StepInput input) {
    return journals.lines(input.plan().tenant().id(), input.plan().upgradeId());
  }

  private void keepStatus(StepInput input, String name, CompletableFuture<Void> wanted) {
    String status;
    try {
      status = gitStatus.apply(input);
    } catch (RuntimeException unreadable) {
      status = "cannot be told: " + unreadable.getMessage() + "\n";
    }
    // Of a look that took too long nobody knows what it has seen.
    if (!wanted.isDone()) {
      keep(input.plan(), name, status, 0);
    }
  }

  private void keepLogs(StepInput input, Optional<Instant> since, CompletableFuture<Void> wanted) {
    for (UnitName unit : UnitName.of(input.plan().tenant(), input.plan().profile())) {
      if (since.isEmpty() || wanted.isDone()) {
        return;
      }
      String logged;
      try {
        logged = services.logSince(unit, since.get(), LOG_BYTES);
      } catch (RuntimeException unreadable) {
        logged = "cannot be read: " + unreadable.getMessage() + "\n";
      }
      if (!logged.isBlank()) {
        keep(input.plan(), "services/" + unit, logged, 0);
      }
    }
  }

  /**
   * What is kept of an upgrade, and its journal. What is being written or looked at is waited for.
   */
  public EvidenceReport read(EvidenceRequest request) {
    Slug tenant = request.tenant();
    UUID upgrade = request.upgradeId();
    CompletableFuture<Void> lastLook = lastLooks.get(upgrade);
    if (lastLook != null) {
      await(lastLook, READER_WAITS);
    }
    CompletableFuture<Void> written = new CompletableFuture<>();
    write(() -> written.complete(null));
    await(written, READER_WAITS);
    try {
      JournalLines journal = JournalLines.told(journals.lines(tenant, upgrade));
      return new EvidenceReport(
          upgrade,
          tenant.value(),
          clock.instant(),
          store.read(tenant, upgrade),
          journal.lines(),
          journal.cut());
    } catch (IOException e) {
      throw new UncheckedIOException("the evidence of " + upgrade + " cannot be read", e);
    }
  }

  private void keep(UpgradePlan plan, String name, String text, long cutBytes) {
    Slug tenant = plan.tenant().id();
    Instant at = clock.instant();
    if (waitingChars.addAndGet(text.length()) > MOST_WAITING_CHARS) {
      waitingChars.addAndGet(-text.length());
      log.warn("{}: {} is not kept: too much is to be written", tenant, Excerpt.name(name));
      return;
    }
    write(
        () -> {
          try {
            store.keep(tenant, plan.upgradeId(), name, at, text, cutBytes);
          } finally {
            waitingChars.addAndGet(-text.length());
          }
        });
  }

  /** Something that may fail, which nobody is to notice but the log. */
  private interface Work {
    void run() throws IOException;
  }

  private void write(Work work) {
    later(writer, () -> isolated(work));
  }

  private void look(CompletableFuture<Void> done, Work work) {
    later(
        lookers,
        () -> {
          isolated(work);
          done.complete(null);
        });
  }

  private static void later(ExecutorService threads, Runnable work) {
    try {
      threads.execute(work);
    } catch (RejectedExecutionException closed) {
      log.debug("not done any more: the worker ends");
    }
  }

  // Of what others wrote, a text may be more than the pattern of a secret can bear.
  private static void isolated(Work work) {
    try {
      work.run();
    } catch (IOException | RuntimeException | StackOverflowError e) {
      log.warn("evidence is not kept", Redaction.of(e));
    }
  }

  private static void awaitOrGiveUp(CompletableFuture<Void> look) {
    await(look, WAY_BACK_WAITS);
    look.complete(null);
  }

  private static void await(CompletableFuture<Void> done, Duration patience) {
    try {
      done.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException goneOnWithout) {
      log.debug("evidence was not waited for any longer");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends when what was seen is written, or soon. */
  @Override
  public void close() {
    for (ExecutorService threads : List.of(lookers, writer)) {
      threads.shutdown();
      try {
        threads.awaitTermination(END_WAITS.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      threads.shutdownNow();
    }
  }
}
