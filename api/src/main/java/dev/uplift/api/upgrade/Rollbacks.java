package dev.uplift.api.upgrade;

import dev.uplift.api.engine.EngineAway;
import dev.uplift.api.engine.EngineCalls;
import dev.uplift.api.engine.HostQuestion;
import dev.uplift.api.presence.Workers;
import dev.uplift.api.problem.HostUnreachable;
import dev.uplift.api.problem.Problem;
import dev.uplift.api.version.HostAway;
import dev.uplift.api.version.Versions;
import dev.uplift.api.version.WorkersAway;
import dev.uplift.api.web.PendingAnswers;
import dev.uplift.profile.AppProfile;
import dev.uplift.release.CommitId;
import dev.uplift.release.Tag;
import dev.uplift.rollback.RollbackPreview;
import dev.uplift.rollback.RollbackPreviewWorkflow;
import dev.uplift.rollback.RollbackQuestion;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Operation;
import dev.uplift.upgrade.UpgradeOptions;
import dev.uplift.upgrade.UpgradePlan;
import dev.uplift.version.VersionInfo;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowStub;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Service;

/** Starts rollbacks that were confirmed, and tells what the others would do. */
@Service
class Rollbacks {
  private static final String SILENT = "Nothing was started. Is its Uplift worker running?";
  private static final Duration ANSWER_WITHIN = Duration.ofHours(2).plusMinutes(1);
  private static final Duration LEFT_OPEN_FOR_AT_MOST = ANSWER_WITHIN.plusMinutes(1);

  private final Upgrades upgrades;
  private final Admission admission;
  private final Versions versions;
  private final Workers workers;
  private final EngineCalls engine;
  private final PendingAnswers pending;

  Rollbacks(
      Upgrades upgrades,
      Admission admission,
      Versions versions,
      Workers workers,
      EngineCalls engine,
      PendingAnswers pending) {
    this.upgrades = upgrades;
    this.admission = admission;
    this.versions = versions;
    this.workers = workers;
    this.engine = engine;
    this.pending = pending;
  }

  /**
   * Fails with a {@link Problem} that says what would be given up, unless exactly that was
   * confirmed; and with those of an upgrade that cannot be started.
   */
  CompletableFuture<Running> start(
      Tenant tenant, AppProfile profile, RollbackRequest request, String caller) {
    admission.refuseIfHeld(tenant.id());
    boolean confirmed = request.confirm() != null;
    return upgrades
        .requireIdle(tenant.id())
        .thenCompose(idle -> workers.requireOneMachine(tenant.host()))
        .thenCompose(one -> ask(tenant, profile, !confirmed))
        .thenApply(
            preview -> {
              refuseIfRefused(tenant, preview);
              if (!confirmed) {
                throw needsConfirmation(tenant, preview);
              }
              if (!request.confirm().equals(preview.upgradeId())) {
                throw confirmsAnother(tenant, request.confirm(), preview);
              }
              return plan(tenant, profile, request, preview, caller);
            })
        .thenCompose(upgrades::start)
        .exceptionallyCompose(
            failure -> CompletableFuture.failedFuture(upgrades.notStarted(failure)));
  }

  private CompletableFuture<RollbackPreview> ask(
      Tenant tenant, AppProfile profile, boolean compare) {
    RollbackQuestion question = new RollbackQuestion(UUID.randomUUID(), tenant, profile, compare);
    // To compare may take minutes. That somebody is there to do it is known within seconds.
    return versions
        .lookUp(tenant, profile, null)
        .handle(this::requireSomebodyThere)
        .thenCompose(there -> engine.call(client -> start(client, question)))
        .thenCompose(
            run ->
                pending.orStopping(
                    run.getResultAsync(
                        ANSWER_WITHIN.toMillis(), TimeUnit.MILLISECONDS, RollbackPreview.class),
                    "Nothing was started. Ask again in a minute."))
        .exceptionallyCompose(
            failure ->
                CompletableFuture.failedFuture(
                    isTimeout(failure) ? HostUnreachable.of(tenant, SILENT) : failure));
  }

  // What else keeps a version from being told, the host says as well, and says more of it.
  private boolean requireSomebodyThere(VersionInfo info, Throwable failure) {
    Throwable told = failure == null ? null : engine.explain(failure);
    if (told instanceof EngineAway || told instanceof WorkersAway || told instanceof HostAway) {
      throw (RuntimeException) told;
    }
    return true;
  }

  private static boolean isTimeout(Throwable failure) {
    Throwable told = failure instanceof CompletionException ? failure.getCause() : failure;
    return told instanceof TimeoutException;
  }

  private static WorkflowStub start(WorkflowClient client, RollbackQuestion question) {
    Tenant tenant = question.tenant();
    HostQuestion asked =
        new HostQuestion(
            RollbackPreviewWorkflow.idFor(tenant.id(), question.compare()),
            tenant,
            null,
            LEFT_OPEN_FOR_AT_MOST,
            "what a rollback of " + tenant.id() + " would do");
    WorkflowStub stub =
        WorkflowStub.fromTyped(
            client.newWorkflowStub(RollbackPreviewWorkflow.class, asked.options()));
    stub.start(question);
    return stub;
  }

  private static UpgradePlan plan(
      Tenant tenant,
      AppProfile profile,
      RollbackRequest request,
      RollbackPreview preview,
      String caller) {
    return new UpgradePlan(
        UUID.randomUUID(),
        Operation.ROLLBACK.protocol(),
        tenant,
        profile,
        Tag.of(preview.toVersion()),
        CommitId.of(preview.toCommit()),
        new UpgradeOptions(true, true, false, request.reason()),
        caller,
        Operation.ROLLBACK,
        request.confirm());
  }

  private static void refuseIfRefused(Tenant tenant, RollbackPreview preview) {
    Failure failure = preview.failure();
    if (failure == null) {
      return;
    }
    if (failure.kind() == FailureKind.HOST_UNREACHABLE) {
      throw HostUnreachable.of(tenant, SILENT);
    }
    Problem refused =
        switch (failure.kind()) {
          case NOTHING_TO_ROLL_BACK, BACKUP_ALTERED ->
              new Problem(
                  HttpStatus.CONFLICT,
                  "nothing-to-roll-back",
                  "Nothing to roll back",
                  failure.message());
          case BUSY ->
              new Problem(HttpStatus.CONFLICT, "tenant-busy", "Tenant busy", failure.message());
          default ->
              new Problem(
                  HttpStatus.UNPROCESSABLE_CONTENT,
                  "rollback-refused",
                  "Rollback refused",
                  failure.message());
        };
    throw refused.with("failure", failure);
  }

  private static Problem needsConfirmation(Tenant tenant, RollbackPreview preview) {
    return told(
        new Problem(
            HttpStatus.CONFLICT,
            "rollback-needs-confirmation",
            "Rollback needs confirmation",
            "Tenant "
                + tenant.id()
                + " would go back to "
                + preview.toVersion()
                + " with its database of "
                + preview.takenAt()
                + "; what was written since would be kept in a backup only. Nothing was started:"
                + " repeat the call with {\"confirm\": \""
                + preview.upgradeId()
                + "\"} if that is meant."),
        preview);
  }

  private static Problem confirmsAnother(Tenant tenant, UUID confirmed, RollbackPreview preview) {
    return told(
        new Problem(
            HttpStatus.CONFLICT,
            "rollback-confirms-another",
            "Rollback confirms another upgrade",
            "What a rollback of tenant "
                + tenant.id()
                + " would undo is "
                + preview.upgradeId()
                + ", not "
                + confirmed
                + ". Nothing was started: ask without a confirmation what it would give up."),
        preview);
  }

  private static Problem told(Problem problem, RollbackPreview preview) {
    problem
        .with(Upgrades.UPGRADE_ID, preview.upgradeId())
        .with("operation", preview.operation())
        .with("from_version", preview.fromVersion())
        .with("to_version", preview.toVersion())
        .with("backup", preview.backup())
        .with("taken_at", preview.takenAt())
        .with("tables", preview.tables());
    if (preview.comparison() != null) {
      problem.with("comparison", preview.comparison());
    }
    return problem;
  }
}
