package dev.uplift.api.rollout;

import dev.uplift.api.engine.EngineAway;
import dev.uplift.api.engine.EngineCalls;
import dev.uplift.api.engine.PeriodicLook;
import dev.uplift.api.ledger.LedgerEntry;
import dev.uplift.api.ledger.UpgradeLedger;
import dev.uplift.engine.EngineProblem;
import dev.uplift.rollout.Outcome;
import dev.uplift.rollout.RolloutDesk.TenantOutcome;
import dev.uplift.rollout.RolloutProgress;
import dev.uplift.rollout.RolloutStatus;
import dev.uplift.rollout.RolloutWorkflow;
import io.temporal.api.enums.v1.WorkflowExecutionStatus;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowNotFoundException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;

/**
 * Finds what a rollout does not tell by itself. Its run may have ended without a word: somebody
 * terminated it, or the engine has forgotten it. The upgrades that it had begun go on; when they
 * have all ended, so has the rollout. And a tenant that was stalled may end when nobody waits for
 * it any more.
 */
@Component
class LostRollouts extends PeriodicLook {
  private static final Logger log = LoggerFactory.getLogger(LostRollouts.class);
  private static final long PERIOD_SECONDS = 5;

  // A start that the engine did not confirm may still be on its way.
  private static final Duration START_SETTLES_WITHIN = Duration.ofMinutes(1);

  private final RolloutStore store;
  private final UpgradeLedger ledger;
  private final EngineCalls engine;
  private final Clock clock;

  LostRollouts(RolloutStore store, UpgradeLedger ledger, EngineCalls engine, Clock clock) {
    super("lost-rollouts", PERIOD_SECONDS);
    this.store = store;
    this.ledger = ledger;
    this.engine = engine;
    this.clock = clock;
  }

  @Override
  protected void look() {
    try {
      store.unfinished().forEach(this::settleIfOver);
      store.withStalled().forEach(this::settleStalled);
    } catch (DataAccessException away) {
      log.warn("rollouts cannot be looked at now: {}", away.getMessage());
    }
  }

  private void settleStalled(UUID rollout) {
    List<TenantOutcome> outcomes = new ArrayList<>();
    store
        .stalled(rollout)
        .forEach(
            (tenant, upgrade) -> {
              Optional<LedgerEntry> entry = ledger.find(upgrade);
              if (entry.filter(LedgerEntry::isRunning).isEmpty()) {
                outcomes.add(outcome(tenant, upgrade, entry));
              }
            });
    if (!outcomes.isEmpty()) {
      store.recordOutcomes(rollout, outcomes);
      store.recount(rollout);
    }
  }

  private void settleIfOver(StoredRollout rollout) {
    try {
      engine
          .call(
              client -> {
                if (isOver(client, rollout)) {
                  settle(rollout);
                }
                return null;
              })
          .join();
    } catch (RuntimeException failure) {
      // The registry, say, or the engine, of which others tell; the next look is as good.
      if (!(engine.explain(failure) instanceof EngineAway)) {
        log.warn("rollout {} cannot be looked at now: {}", rollout.id(), failure.getMessage());
      }
    }
  }

  private boolean isOver(WorkflowClient client, StoredRollout rollout) {
    try {
      return client
              .newUntypedWorkflowStub(RolloutWorkflow.idFor(rollout.id()))
              .describe()
              .getStatus()
          != WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING;
    } catch (WorkflowNotFoundException gone) {
      if (EngineProblem.isUnknownNamespace(gone)) {
        throw gone; // another engine than the one that has the run
      }
      return rollout.requestedAt().plus(START_SETTLES_WITHIN).isBefore(clock.instant());
    }
  }

  private void settle(StoredRollout rollout) {
    // From now on an upgrade that was entered and never began is known not to begin any more.
    store.recordEnding(rollout.id());
    List<TenantOutcome> outcomes = new ArrayList<>();
    boolean allEnded = true;
    for (Map.Entry<String, UUID> begun : store.unheard(rollout.id()).entrySet()) {
      Optional<LedgerEntry> entry = ledger.find(begun.getValue());
      if (entry.filter(LedgerEntry::isRunning).isPresent()) {
        allEnded = false;
      } else {
        outcomes.add(outcome(begun.getKey(), begun.getValue(), entry));
      }
    }
    store.recordOutcomes(rollout.id(), outcomes);
    // It may have told its end meanwhile.
    boolean isUnfinished =
        store.find(rollout.id()).filter(now -> !now.status().isOver()).isPresent();
    if (allEnded && isUnfinished) {
      log.warn("rollout {} was ended in the engine, not by its own", rollout.id());
      store.recordLost(rollout, lastProgress(rollout));
    }
  }

  private RolloutProgress lastProgress(StoredRollout rollout) {
    RolloutProgress told = store.counted(rollout).progress();
    return new RolloutProgress(
        rollout.id(),
        RolloutStatus.ABORTED,
        told == null ? 1 : told.wave(),
        rollout.order().waves().size(),
        rollout.order().tenants(),
        told == null ? Map.of() : told.rehearsed(),
        store.counts(rollout.id()),
        List.of(),
        told == null ? List.of() : told.troubles(),
        told == null ? 0 : told.moreTroubles(),
        null);
  }

  private static TenantOutcome outcome(String tenant, UUID upgrade, Optional<LedgerEntry> entry) {
    String status = entry.map(LedgerEntry::status).orElse(LedgerEntry.NOT_STARTED);
    Outcome outcome =
        switch (status) {
          case "success" ->
              entry.filter(LedgerEntry::mayHaveChanged).isPresent()
                  ? Outcome.SUCCESS
                  : Outcome.ALREADY_THERE;
          case "rolled_back" -> Outcome.ROLLED_BACK;
          case "rejected", LedgerEntry.NOT_STARTED -> Outcome.REJECTED;
          default -> Outcome.NEEDS_ATTENTION;
        };
    String message = outcome.isReached() ? null : "Its upgrade ended as " + status + ": see there.";
    Long downtimeMillis =
        entry.map(LedgerEntry::report).map(report -> report.downtimeMillis()).orElse(null);
    return new TenantOutcome(tenant, outcome, upgrade, message, downtimeMillis);
  }
}
