package dev.uplift.api.upgrade;

import dev.uplift.api.engine.EngineAway;
import dev.uplift.api.engine.EngineCalls;
import dev.uplift.api.ledger.LedgerEntry;
import dev.uplift.api.ledger.UpgradeLedger;
import dev.uplift.api.problem.Problem;
import dev.uplift.upgrade.UpgradeReport;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowStub;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/** Waits for the ends of upgrades without holding a thread. */
@Component
class Outcomes {
  private static final Logger log = LoggerFactory.getLogger(Outcomes.class);

  // The SDK waits for ever for an engine that has gone away. So the wait is cut into pieces, and
  // after each the engine is asked whether it is still there.
  private static final long PIECE_SECONDS = 5;

  /** What an engine may take from its end until it is there again. */
  private static final Duration RESTARTED = Duration.ofSeconds(30);

  private final EngineCalls engine;
  private final UpgradeLedger ledger;
  private final Clock clock;

  Outcomes(EngineCalls engine, UpgradeLedger ledger, Clock clock) {
    this.engine = engine;
    this.ledger = ledger;
    this.clock = clock;
  }

  /**
   * Completes {@code outcome} when the run has ended, with a {@link Problem} if it ended without a
   * report or the engine went away and did not come back. Whoever no longer waits completes it
   * before.
   */
  void await(WorkflowStub run, UUID id, CompletableFuture<UpgradeReport> outcome) {
    await(run, id, outcome, null);
  }

  /**
   * @param awaySince null if the engine answered last time
   */
  private void await(
      WorkflowStub run, UUID id, CompletableFuture<UpgradeReport> outcome, Instant awaySince) {
    run.getResultAsync(PIECE_SECONDS, TimeUnit.SECONDS, UpgradeReport.class)
        .whenComplete(
            (report, failure) -> {
              if (failure == null) {
                ended(report, outcome);
              } else if (isTimeout(failure) || EngineCalls.isBusy(failure)) {
                awaitOn(run, id, outcome, awaySince);
              } else {
                failed(id, failure, outcome);
              }
            });
  }

  private void awaitOn(
      WorkflowStub run, UUID id, CompletableFuture<UpgradeReport> outcome, Instant awaySince) {
    if (outcome.isDone()) {
      return;
    }
    engine
        .call(client -> run.describe())
        .whenComplete(
            (there, failure) -> {
              if (failure == null || EngineCalls.isBusy(failure)) {
                await(run, id, outcome, null);
                return;
              }
              Instant since = awaySince == null ? clock.instant() : awaySince;
              boolean patient = clock.instant().isBefore(since.plus(RESTARTED));
              if (engine.explain(failure) instanceof EngineAway && patient) {
                await(run, id, outcome, since);
              } else {
                failed(id, failure, outcome);
              }
            });
  }

  private void ended(UpgradeReport report, CompletableFuture<UpgradeReport> outcome) {
    try {
      ledger.recordOutcome(report);
    } catch (DataAccessException | TransactionException notRecorded) {
      // The workflow of the ledger records it as soon as that is possible; who waits knows it now.
      log.warn(
          "the outcome of upgrade {} is recorded later: {}",
          report.upgradeId(),
          notRecorded.getMessage());
    }
    outcome.complete(report);
  }

  private void failed(UUID id, Throwable failure, CompletableFuture<UpgradeReport> outcome) {
    Optional<UpgradeReport> report = UpgradeReport.in(failure);
    if (report.isPresent()) {
      ended(report.get(), outcome);
      return;
    }
    Throwable told = engine.explain(failure);
    Problem problem = endedWithoutReport(told) ? lost(id) : away(id, told);
    outcome.completeExceptionally(
        problem
            .at(ReportAnswer.location(id))
            .about(ReportAnswer.location(id))
            .with("upgrade_id", id));
  }

  // Only what the engine says about the run counts. Any other failure is one of the way to it.
  static boolean endedWithoutReport(Throwable told) {
    return told instanceof WorkflowFailedException || told instanceof WorkflowNotFoundException;
  }

  private Problem away(UUID id, Throwable told) {
    if (!(told instanceof EngineAway)) {
      log.warn("waiting for upgrade {} failed", id, told);
    }
    return engine
        .away(told)
        .problem(
            "The engine went away while the upgrade ran. Ask again at "
                + ReportAnswer.location(id)
                + ": the host finishes it or turns it back.");
  }

  private Problem lost(UUID id) {
    try {
      ledger.recordEnd(id, LedgerEntry.LOST);
    } catch (DataAccessException | TransactionException notRecorded) {
      // Whoever asks for it finds it out again.
      log.warn("upgrade {} is lost, which is not recorded: {}", id, notRecorded.getMessage());
    }
    return new Problem(
        HttpStatus.SERVICE_UNAVAILABLE,
        "upgrade-lost",
        "Upgrade ended without a report",
        "The run of the upgrade was ended from outside or is not known to the engine. If the tenant"
            + " was in cutover, its host puts it back by itself.");
  }

  private static boolean isTimeout(Throwable failure) {
    return failure instanceof TimeoutException
        || failure instanceof CompletionException && failure.getCause() instanceof TimeoutException;
  }
}
