package dev.uplift.api.upgrade;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.api.ledger.LedgerEntry;
import dev.uplift.api.ledger.UpgradeLedger;
import dev.uplift.api.problem.Problem;
import dev.uplift.api.registry.Registry;
import dev.uplift.api.registry.Unknown;
import dev.uplift.api.token.Scope;
import dev.uplift.api.version.Versions;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.yaml.AppName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.UpgradeReport;
import dev.uplift.upgrade.UpgradeStatus;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.Authentication;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

@RestController
class UpgradeController {
  /** The answer before the end. */
  record Accepted(String status, @JsonProperty("upgrade_id") UUID upgradeId, String tenant) {}

  private static final int RETRY_AFTER_SECONDS = 10;

  private final Registry registry;
  private final Upgrades upgrades;
  private final Outcomes outcomes;
  private final PendingAnswers pending;
  private final ReportAnswer reports;
  private final UpgradeLedger ledger;
  private final Versions versions;

  UpgradeController(
      Registry registry,
      Upgrades upgrades,
      Outcomes outcomes,
      PendingAnswers pending,
      ReportAnswer reports,
      UpgradeLedger ledger,
      Versions versions) {
    this.registry = registry;
    this.upgrades = upgrades;
    this.outcomes = outcomes;
    this.pending = pending;
    this.reports = reports;
    this.ledger = ledger;
    this.versions = versions;
  }

  /** Upgrades a tenant and answers when that is over, or when {@code Prefer} says so. */
  @PostMapping(path = "/api/tenants/{id}/upgrade", consumes = MediaType.APPLICATION_JSON_VALUE)
  CompletableFuture<ResponseEntity<Object>> upgrade(
      @PathVariable Slug id,
      @RequestBody(required = false) UpgradeRequest body,
      @RequestHeader(name = "Prefer", required = false) List<String> preferences,
      Authentication caller) {
    UpgradeRequest request = body == null ? UpgradeRequest.DEFAULTS : body;
    Tenant tenant = registry.tenant(id).orElseThrow(() -> Unknown.tenant(id));
    AppProfile profile = registry.app(AppName.of(tenant.app())).orElseThrow();
    requireAllowed(request, caller);
    Prefer prefer = Prefer.of(preferences);
    return upgrades
        .start(tenant, profile, request, caller.getName())
        .thenCompose(running -> answer(running, id, prefer));
  }

  private CompletableFuture<ResponseEntity<Object>> answer(
      Running running, Slug tenant, Prefer prefer) {
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
          } else if (report.status() == UpgradeStatus.SUCCESS) {
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
        new Problem(
                HttpStatus.SERVICE_UNAVAILABLE,
                "api-stopping",
                "The API is being stopped",
                "The upgrade goes on without it. Ask how it ends at " + location + ".")
            .at(location)
            .about(location)
            .with(Upgrades.UPGRADE_ID, running.id())
            .retryAfterSeconds(RETRY_AFTER_SECONDS));
  }

  private UUID inTheWay(Slug tenant, UUID asked) {
    try {
      return ledger
          .holding(tenant)
          .or(() -> ledger.running(tenant))
          .map(LedgerEntry::id)
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

  private static void requireAllowed(UpgradeRequest request, Authentication caller) {
    boolean admin =
        caller.getAuthorities().stream()
            .anyMatch(has -> Scope.ADMIN.authority().equals(has.getAuthority()));
    if (request.options().force() && !admin) {
      throw new Problem(
          HttpStatus.FORBIDDEN,
          "force-needs-admin",
          "Force needs the scope admin",
          "A token with the scope admin may force an upgrade; this one may not.");
    }
  }
}
