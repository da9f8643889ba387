package dev.uplift.api.backup;

import dev.uplift.api.audit.AuditLog;
import dev.uplift.api.engine.EngineAway;
import dev.uplift.api.engine.EngineCalls;
import dev.uplift.api.engine.HostQuestion;
import dev.uplift.api.ledger.LedgerEntry;
import dev.uplift.api.ledger.UpgradeLedger;
import dev.uplift.api.problem.HostUnreachable;
import dev.uplift.api.problem.Problem;
import dev.uplift.api.web.PendingAnswers;
import dev.uplift.backup.BackupsReport;
import dev.uplift.backup.BackupsRequest;
import dev.uplift.backup.BackupsWorkflow;
import dev.uplift.backup.StoredItem;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowStub;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Service;

/** Has hosts look after the backups of their tenants. */
@Service
class Backups {
  private static final String SILENT = "Is its Uplift worker running?";
  private static final Duration LISTED_WITHIN = Duration.ofSeconds(70);
  private static final Duration DONE_WITHIN = Duration.ofHours(2).plusMinutes(1);
  // That somebody is there to list them is known within seconds.
  private static final Duration BEGUN_WITHIN = Duration.ofSeconds(20);

  private final EngineCalls engine;
  private final UpgradeLedger ledger;
  private final AuditLog audit;
  private final PendingAnswers pending;

  Backups(EngineCalls engine, UpgradeLedger ledger, AuditLog audit, PendingAnswers pending) {
    this.engine = engine;
    this.ledger = ledger;
    this.audit = audit;
    this.pending = pending;
  }

  /** Fails with {@link EngineAway}, or with a {@link Problem}, as all of these do. */
  CompletableFuture<BackupsReport> list(BackupsRequest request) {
    return ask(request, LISTED_WITHIN);
  }

  CompletableFuture<BackupsReport> verify(BackupsRequest request) {
    return ask(listOf(request), BEGUN_WITHIN).thenCompose(there -> ask(request, DONE_WITHIN));
  }

  /** Fails with 409 while an upgrade of the tenant is not over, or holds it. */
  CompletableFuture<BackupsReport> prune(BackupsRequest request, String caller) {
    Slug tenant = request.tenant().id();
    refuseIfNotOver(tenant);
    if (request.dryRun()) {
      return ask(request, DONE_WITHIN);
    }
    return ask(listOf(request), BEGUN_WITHIN)
        .thenCompose(
            there -> {
              audit.record(caller, "backups.prune", "tenants/" + tenant, null);
              return ask(request, DONE_WITHIN);
            })
        .thenApply(
            report -> {
              audit.record(caller, "backups.pruned", "tenants/" + tenant, summary(report));
              return report;
            });
  }

  private static BackupsRequest listOf(BackupsRequest request) {
    return BackupsRequest.list(request.tenant(), request.profile());
  }

  private static String summary(BackupsReport report) {
    List<StoredItem> deleted = report.items().stream().filter(StoredItem::deleted).toList();
    return String.format(
        Locale.ROOT,
        "deleted: %d, %,d bytes",
        deleted.size(),
        deleted.stream().mapToLong(StoredItem::bytes).sum());
  }

  private void refuseIfNotOver(Slug tenant) {
    ledger
        .running(tenant)
        .ifPresent(
            running -> {
              throw inTheWay(
                  running,
                  running.id(),
                  "tenant-busy",
                  "Tenant busy",
                  "Tenant " + tenant + " is being upgraded; wait for that to end, or cancel it.");
            });
    ledger
        .holding(tenant)
        .ifPresent(
            holder -> {
              throw inTheWay(
                  holder,
                  holder.heldUpgrade(),
                  "tenant-held",
                  "Tenant held",
                  "Tenant "
                      + tenant
                      + " needs a person since upgrade "
                      + holder.heldUpgrade()
                      + ": until then nothing of it is deleted.");
            });
  }

  private static Problem inTheWay(
      LedgerEntry entry, UUID upgrade, String code, String title, String detail) {
    return new Problem(HttpStatus.CONFLICT, code, title, detail)
        .with("upgrade_id", upgrade)
        .at(URI.create("/api/upgrades/" + entry.id()));
  }

  private CompletableFuture<BackupsReport> ask(BackupsRequest request, Duration patience) {
    Tenant tenant = request.tenant();
    return engine
        .call(client -> start(client, request, patience))
        .thenCompose(
            run ->
                pending
                    .orStopping(
                        run.getResultAsync(
                            patience.toMillis(), TimeUnit.MILLISECONDS, BackupsReport.class),
                        "What the host has begun it ends. Ask again in a minute.")
                    .exceptionallyCompose(
                        failure -> CompletableFuture.failedFuture(explain(tenant, failure))))
        .thenApply(report -> requireDone(tenant, report));
  }

  private static WorkflowStub start(
      WorkflowClient client, BackupsRequest request, Duration patience) {
    Tenant tenant = request.tenant();
    HostQuestion question =
        new HostQuestion(
            BackupsWorkflow.idFor(request),
            tenant,
            null,
            patience.plusMinutes(1),
            "backups of " + tenant.id());
    WorkflowStub stub =
        WorkflowStub.fromTyped(client.newWorkflowStub(BackupsWorkflow.class, question.options()));
    stub.start(request);
    return stub;
  }

  private Throwable explain(Tenant tenant, Throwable failure) {
    // The workflow itself gives up before: so there is nobody who carries it out.
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof TimeoutException) {
        return HostUnreachable.of(tenant, SILENT);
      }
    }
    return engine.explain(failure);
  }

  private static BackupsReport requireDone(Tenant tenant, BackupsReport report) {
    Failure failure = report.failure();
    if (failure == null) {
      return report;
    }
    if (failure.kind() == FailureKind.HOST_UNREACHABLE) {
      throw HostUnreachable.of(tenant, SILENT);
    }
    throw new Problem(
            failure.kind() == FailureKind.BUSY
                ? HttpStatus.CONFLICT
                : HttpStatus.UNPROCESSABLE_CONTENT,
            failure.kind() == FailureKind.BUSY ? "tenant-busy" : "backups-refused",
            failure.kind() == FailureKind.BUSY ? "Tenant busy" : "The host refused it",
            failure.message())
        .with("failure", failure);
  }
}
