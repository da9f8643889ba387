package dev.uplift.api.upgrade;

import dev.uplift.api.audit.AuditLog;
import dev.uplift.api.engine.EngineAway;
import dev.uplift.api.engine.EngineCalls;
import dev.uplift.api.ledger.LedgerEntry;
import dev.uplift.api.ledger.UpgradeLedger;
import dev.uplift.api.problem.Problem;
import dev.uplift.engine.EngineProblem;
import dev.uplift.tenant.Slug;
import dev.uplift.upgrade.UpgradeProgress;
import dev.uplift.upgrade.UpgradeReport;
import dev.uplift.upgrade.UpgradeWorkflow;
import io.temporal.api.enums.v1.WorkflowExecutionStatus;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowExecutionDescription;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowTargetOptions;
import io.temporal.client.WorkflowUpdateException;
import io.temporal.client.WorkflowUpdateStage;
import io.temporal.failure.ApplicationFailure;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Service;

/** Asks and tells runs that the ledger does not know to be over. */
@Service
public class RunningUpgrades {
  // A start that the engine did not confirm may still be on its way.
  private static final Duration START_SETTLES_WITHIN = Duration.ofMinutes(1);
  private static final int RETRY_AFTER_SECONDS = 5;

  private final EngineCalls engine;
  private final UpgradeLedger ledger;
  private final AuditLog audit;
  private final Clock clock;

  RunningUpgrades(EngineCalls engine, UpgradeLedger ledger, AuditLog audit, Clock clock) {
    this.engine = engine;
    this.ledger = ledger;
    this.audit = audit;
    this.clock = clock;
  }

  /** How far an upgrade is; an engine that does not answer makes it {@code live: false}. */
  CompletableFuture<UpgradeState> state(LedgerEntry entry) {
    if (!entry.isRunning()) {
      return CompletableFuture.completedFuture(UpgradeState.over(entry));
    }
    return engine
        .call(client -> ask(client, entry))
        .exceptionally(engineAwayOrRunSilent -> UpgradeState.unseen(entry));
  }

  /** The upgrades of which an end has to be looked for, since none has come by itself so far. */
  List<LedgerEntry> unsettled() {
    return ledger.unfinished().stream().filter(entry -> !isNew(entry)).toList();
  }

  /** Records the end of an upgrade if it is over. Fails with {@link EngineAway}. */
  CompletableFuture<Void> settle(LedgerEntry entry) {
    return engine.call(
        client -> {
          settle(entry, find(client, entry));
          return null;
        });
  }

  private UpgradeState ask(WorkflowClient client, LedgerEntry entry) {
    Optional<WorkflowStub> run = find(client, entry);
    if (!settle(entry, run)) {
      return run.isEmpty()
          ? UpgradeState.unseen(entry)
          : UpgradeState.running(entry, run.get().query("progress", UpgradeProgress.class));
    }
    return UpgradeState.over(ledger.find(entry.id()).orElse(entry));
  }

  /** Whether the upgrade is over, which is then recorded. */
  private boolean settle(LedgerEntry entry, Optional<WorkflowStub> run) {
    if (run.isEmpty()) {
      boolean confirmed = entry.runId() != null || ledger.wasHeardOf(entry.id());
      if (!confirmed && (isNew(entry) || ledger.mayStillBegin(entry.id()))) {
        return false;
      }
      ledger.recordEnd(entry.id(), confirmed ? LedgerEntry.LOST : LedgerEntry.NOT_STARTED);
      return true;
    }
    WorkflowExecutionStatus status = run.get().describe().getStatus();
    if (status == WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING) {
      return false;
    }
    // The outcome is still on its way to the ledger, or there is none.
    result(run.get())
        .ifPresentOrElse(
            ledger::recordOutcome, () -> ledger.recordEnd(entry.id(), LedgerEntry.LOST));
    return true;
  }

  private boolean isNew(LedgerEntry entry) {
    return entry.requestedAt().plus(START_SETTLES_WITHIN).isAfter(clock.instant());
  }

  /**
   * Asks for an upgrade to be given up. Completes when the run has accepted that; fails with a
   * {@link Problem} if it is too late.
   */
  public CompletableFuture<Void> cancel(LedgerEntry entry, String reason, String caller) {
    if (!entry.isRunning()) {
      return CompletableFuture.failedFuture(
          tooLate(entry, "The upgrade is over: " + entry.status() + "."));
    }
    return engine
        .<Void>call(
            client -> {
              WorkflowStub run = find(client, entry).orElseThrow(() -> notThere(entry));
              // Before it is sent: nothing may happen of which nobody knows who asked for it.
              audit.recordUpgrade(
                  caller, entry.operation().code() + ".cancel", entry.tenant(), entry.id(), reason);
              run.startUpdate(
                      "cancel",
                      WorkflowUpdateStage.COMPLETED,
                      Void.class,
                      reason == null ? "cancelled by " + caller : reason)
                  .getResult();
              return null;
            })
        .exceptionallyCompose(
            failure -> CompletableFuture.failedFuture(explainCancel(entry, failure)));
  }

  private Throwable explainCancel(LedgerEntry entry, Throwable failure) {
    Throwable told = engine.explain(failure);
    if (told instanceof EngineAway away) {
      return away.problem(
          "Whether the upgrade was cancelled is not known: the engine or the workflow worker did not"
              + " answer.");
    }
    if (told instanceof WorkflowNotFoundException) {
      return tooLate(entry, "The upgrade is over.");
    }
    // The engine hands on the words of a refusal, but not its type.
    if (told instanceof WorkflowUpdateException refused
        && refused.getCause() instanceof ApplicationFailure reason) {
      return tooLate(entry, reason.getOriginalMessage());
    }
    return told;
  }

  private Problem notThere(LedgerEntry entry) {
    return entry.runId() == null && isNew(entry)
        ? new Problem(
                HttpStatus.SERVICE_UNAVAILABLE,
                "not-begun",
                "Not begun so far",
                "The engine has not confirmed the start of the upgrade so far: try again in a few"
                    + " seconds.")
            .retryAfterSeconds(RETRY_AFTER_SECONDS)
        : tooLate(entry, "The upgrade is over.");
  }

  private static Problem tooLate(LedgerEntry entry, String detail) {
    return new Problem(HttpStatus.CONFLICT, "too-late", "Too late to cancel", detail)
        .with(Upgrades.UPGRADE_ID, entry.id());
  }

  // Without a confirmed start the newest run of the tenant is ours only if it says so.
  private Optional<WorkflowStub> find(WorkflowClient client, LedgerEntry entry) {
    WorkflowTargetOptions.Builder target =
        WorkflowTargetOptions.newBuilder()
            .setWorkflowId(UpgradeWorkflow.idFor(Slug.of(entry.tenant())));
    if (entry.runId() != null) {
      target.setRunId(entry.runId());
    }
    WorkflowStub run = client.newUntypedWorkflowStub(target.build());
    try {
      WorkflowExecutionDescription found = run.describe();
      Object id = found.getMemo(UpgradeWorkflow.ID_MEMO, String.class);
      if (entry.runId() != null) {
        return Optional.of(run);
      }
      if (!entry.id().toString().equals(id)) {
        return Optional.empty();
      }
      // Of one that a rollout has started nobody has told it so far.
      ledger.started(entry.id(), found.getExecution().getRunId());
      return Optional.of(run);
    } catch (WorkflowNotFoundException gone) {
      if (EngineProblem.isUnknownNamespace(gone)) {
        throw gone; // another engine than the one that has the run
      }
      return Optional.empty();
    }
  }

  private static Optional<UpgradeReport> result(WorkflowStub run) {
    try {
      return Optional.of(run.getResult(UpgradeReport.class));
    } catch (WorkflowFailedException failed) {
      return UpgradeReport.in(failed);
    }
  }
}
