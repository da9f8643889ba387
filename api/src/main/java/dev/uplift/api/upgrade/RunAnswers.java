package dev.uplift.api.upgrade;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.api.ledger.LedgerEntry;
import dev.uplift.api.ledger.UpgradeLedger;
import dev.uplift.api.version.Versions;
import dev.uplift.api.web.PendingAnswers;
import dev.uplift.tenant.Slug;
import dev.uplift.upgrade.UpgradeReport;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.springframework.dao.DataAccessException;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;

/** Answers whoever started a run: with how it ended, or before that with where to ask. */
@Component
class RunAnswers {
  /** The answer before the end. */
  record Accepted(String status, @JsonProperty("upgrade_id") UUID upgradeId, String tenant) {}

  private final Outcomes outcomes;
  private final PendingAnswers pending;
  private final ReportAnswer reports;
  private final UpgradeLedger ledger;
  private final Versions versions;

  RunAnswers(
      Outcomes outcomes,
      PendingAnswers pending,
      ReportAnswer reports,
      UpgradeLedger ledger,
      Versions versions) {
    this.outcomes = outcomes;
    this.pending = pending;
    this.reports = reports;
    this.ledger = ledger;
    this.versions = versions;
  }

  /** Answers when the run is over, or when {@code prefer} says so; holds no thread until then. */
  CompletableFuture<ResponseEntity<Object>> answer(Running running, Slug tenant, Prefer prefer) {
    CompletableFuture<ResponseEntity<Object>> answer = new CompletableFuture<>();
    if (prefer.waitFor().filter(Duration::isZero).isPresent()) {
      answer.complete(accepted(running, tenant, prefer));
      return answer;
    }
    CompletableFuture<UpgradeReport> outcome = new CompletableFuture<>();
    outcome.whenComplete(
        (report, failure) -> {
          versions.forget(tenant);
          if (failure != null) {
            answer.completeExceptionally(failure);
          } else if (report.isReached()) {
            answer.complete(ResponseEntity.ok(report));
          } else {
            answer.completeExceptionally(reports.of(report, () -> inTheWay(tenant, running.id())));
          }
        });
    answer.whenComplete((given, failure) -> outcome.cancel(false));
    pending.add(answer, () -> answerBeforeTheEnd(answer, running, tenant, prefer));
    prefer
        .waitFor()
        .ifPresent(
            wait ->
                answer.completeOnTimeout(
                    accepted(running, tenant, prefer), wait.toSeconds(), TimeUnit.SECONDS));
    outcomes.await(running.run(), running.id(), outcome);
    return answer;
  }

  /** Who did not say that an answer before the end is understood could take a 202 for a success. */
  private static void answerBeforeTheEnd(
      CompletableFuture<ResponseEntity<Object>> answer,
      Running running,
      Slug tenant,
      Prefer prefer) {
    if (prefer.waitFor().isPresent()) {
      answer.complete(accepted(running, tenant, prefer));
      return;
    }
    URI location = ReportAnswer.location(running.id());
    answer.completeExceptionally(
        PendingAnswers.stopping(
                "The upgrade goes on without it. Ask how it ends at " + location + ".")
            .at(location)
            .about(location)
            .with(Upgrades.UPGRADE_ID, running.id()));
  }

  private UUID inTheWay(Slug tenant, UUID asked) {
    try {
      return ledger
          .holding(tenant)
          .map(LedgerEntry::heldUpgrade)
          .or(() -> ledger.running(tenant).map(LedgerEntry::id))
          .filter(id -> !id.equals(asked))
          .orElse(null);
    } catch (DataAccessException notKnown) {
      return null;
    }
  }

  private static ResponseEntity<Object> accepted(Running running, Slug tenant, Prefer prefer) {
    var response = ResponseEntity.accepted().location(ReportAnswer.location(running.id()));
    Optional.of(prefer)
        .filter(given -> given.waitFor().isPresent())
        .ifPresent(given -> response.header("Preference-Applied", given.applied()));
    return response.body(new Accepted(LedgerEntry.RUNNING, running.id(), tenant.value()));
  }
}
