package dev.uplift.api.evidence;

import dev.uplift.api.engine.EngineAway;
import dev.uplift.api.engine.EngineCalls;
import dev.uplift.api.engine.HostQuestion;
import dev.uplift.api.ledger.LedgerEntry;
import dev.uplift.api.problem.HostUnreachable;
import dev.uplift.api.problem.Problem;
import dev.uplift.api.registry.Registry;
import dev.uplift.evidence.EvidenceReport;
import dev.uplift.evidence.EvidenceRequest;
import dev.uplift.evidence.EvidenceWorkflow;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.StepFailures;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Service;

/** Asks hosts what they have seen of upgrades. */
@Service
class Evidence {
  // The host has five seconds to begin and six to answer; a workflow that nobody works on is not
  // waited for much longer.
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(12);
  private static final Duration LEFT_OPEN_FOR_AT_MOST = Duration.ofSeconds(15);

  private final EngineCalls engine;
  private final Registry registry;

  Evidence(EngineCalls engine, Registry registry) {
    this.engine = engine;
    this.registry = registry;
  }

  /** Fails with a {@link Problem}: there is nothing, or the host or the engine does not answer. */
  CompletableFuture<EvidenceReport> of(LedgerEntry upgrade) {
    Slug tenant = Slug.of(upgrade.tenant());
    HostName host = hostOf(upgrade).orElseThrow(() -> nothing(upgrade.id(), "No host"));
    EvidenceRequest request = new EvidenceRequest(tenant, host, upgrade.id());
    return engine
        .call(client -> start(client, request))
        .thenCompose(
            run ->
                run.getResultAsync(
                    ANSWER_WITHIN.toMillis(), TimeUnit.MILLISECONDS, EvidenceReport.class))
        .exceptionallyCompose(failure -> CompletableFuture.failedFuture(explain(host, failure)))
        .thenApply(
            report -> {
              if (report.nothing()) {
                throw nothing(upgrade.id(), "Host " + host);
              }
              return report;
            });
  }

  /** Where the upgrade ran. One that was not asked for here is looked for where its tenant is. */
  private Optional<HostName> hostOf(LedgerEntry upgrade) {
    return Optional.ofNullable(upgrade.host())
        .map(HostName::of)
        .or(() -> registry.tenant(Slug.of(upgrade.tenant())).map(Tenant::host));
  }

  private static WorkflowStub start(WorkflowClient client, EvidenceRequest request) {
    WorkflowOptions options =
        new HostQuestion(
                EvidenceWorkflow.idFor(request.upgradeId()),
                request.tenant(),
                request.host(),
                null,
                LEFT_OPEN_FOR_AT_MOST,
                "evidence of an upgrade of " + request.tenant())
            .options();
    WorkflowStub stub =
        WorkflowStub.fromTyped(client.newWorkflowStub(EvidenceWorkflow.class, options));
    stub.start(request);
    return stub;
  }

  private Throwable explain(HostName host, Throwable failure) {
    Throwable told = engine.explain(failure);
    if (told instanceof EngineAway away) {
      return away.problem("The host is asked through the engine. Try again later.");
    }
    for (Throwable cause = told; cause != null; cause = cause.getCause()) {
      if (cause instanceof ApplicationFailure refused
          && refused.getType().equals(StepFailures.TYPE)) {
        Failure failed = refused.getDetails().get(Failure.class);
        return new Problem(
                HttpStatus.UNPROCESSABLE_CONTENT,
                "evidence-unreadable",
                "Evidence cannot be read",
                failed.message())
            .with("failure", failed);
      }
      if (cause instanceof TimeoutException) {
        return HostUnreachable.problem(
            "No Uplift worker answers, neither that of host "
                + host
                + " nor any other that carries out workflows. Are the workers running?");
      }
    }
    return HostUnreachable.problem(
        "Host " + host + " does not answer. Is its Uplift worker running, and as new as the API?");
  }

  private static Problem nothing(UUID upgrade, String who) {
    return new Problem(
        HttpStatus.NOT_FOUND,
        "no-evidence",
        "No evidence",
        who
            + " keeps nothing of upgrade "
            + upgrade
            + ": it was refused before anything ran, or what was kept has been deleted.");
  }
}
