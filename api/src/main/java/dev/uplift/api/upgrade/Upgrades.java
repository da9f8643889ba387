package dev.uplift.api.upgrade;

import dev.uplift.api.audit.AuditLog;
import dev.uplift.api.engine.EngineAway;
import dev.uplift.api.engine.EngineCalls;
import dev.uplift.api.ledger.LedgerEntry;
import dev.uplift.api.ledger.UpgradeLedger;
import dev.uplift.api.presence.Workers;
import dev.uplift.api.problem.Problem;
import dev.uplift.api.version.HostAway;
import dev.uplift.api.version.Versions;
import dev.uplift.api.version.WorkersAway;
import dev.uplift.engine.SearchAttributes;
import dev.uplift.engine.TaskQueues;
import dev.uplift.logging.LogContext;
import dev.uplift.profile.AppProfile;
import dev.uplift.release.CommitId;
import dev.uplift.release.Tag;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.UpgradePlan;
import dev.uplift.upgrade.UpgradeWorkflow;
import dev.uplift.version.VersionInfo;
import io.temporal.api.enums.v1.WorkflowIdConflictPolicy;
import io.temporal.api.enums.v1.WorkflowIdReusePolicy;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowExecutionAlreadyStarted;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowTargetOptions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Service;

/** Starts upgrades. */
@Service
class Upgrades {
  private static final Logger log = LoggerFactory.getLogger(Upgrades.class);

  /** The memo by which a run says which upgrade it is, without a worker having to answer. */
  static final String UPGRADE_ID = "upgrade_id";

  /** What a worker may take from its end to the start of the one that replaces it. */
  private static final Duration REPLACED = Duration.ofSeconds(45);

  private final UpgradeLedger ledger;
  private final Versions versions;
  private final Workers workers;
  private final EngineCalls engine;
  private final AuditLog audit;
  private final Clock clock;

  Upgrades(
      UpgradeLedger ledger,
      Versions versions,
      Workers workers,
      EngineCalls engine,
      AuditLog audit,
      Clock clock) {
    this.ledger = ledger;
    this.versions = versions;
    this.workers = workers;
    this.engine = engine;
    this.audit = audit;
    this.clock = clock;
  }

  /**
   * Freezes the plan and has the engine start it. Fails with a {@link Problem} when the tenant is
   * busy, when the engine, the host or all workers are away, or when two machines answer for the
   * host.
   */
  CompletableFuture<Running> start(
      Tenant tenant, AppProfile profile, UpgradeRequest request, String caller) {
    if (!request.options().force()) {
      ledger.holding(tenant.id()).ifPresent(Upgrades::refuseHeld);
    }
    return workers
        .requireOneMachine(tenant.host())
        .thenCompose(
            one -> lookUp(tenant, profile, request.targetVersion(), clock.instant().plus(REPLACED)))
        .thenCompose(
            info -> {
              UpgradePlan plan = plan(tenant, profile, request, info, caller);
              return engine.call(client -> start(client, plan));
            })
        .exceptionallyCompose(
            failure -> {
              Throwable told = engine.explain(failure);
              if (told instanceof EngineAway away) {
                told = away.problem("Nothing was started. Try again later.");
              } else if (told instanceof WorkersAway away) {
                told = away.problem("Nothing was started. Try again when they are running.");
              } else if (told instanceof HostAway away) {
                told = away.problem("Nothing was started. Is its Uplift worker running?");
              }
              return CompletableFuture.failedFuture(told);
            });
  }

  /**
   * What the host says about the release; empty if it cannot tell, in which case preparation will
   * say what is wrong. Workers that are being replaced are waited for.
   */
  private CompletableFuture<Optional<VersionInfo>> lookUp(
      Tenant tenant, AppProfile profile, Tag target, Instant giveUpAt) {
    return versions
        .lookUp(tenant, profile, target)
        .thenApply(info -> Optional.of(info).filter(answered -> answered.upstreamError() == null))
        .exceptionallyCompose(
            failure -> {
              Throwable told = engine.explain(failure);
              if (told instanceof WorkersAway && clock.instant().isBefore(giveUpAt)) {
                return workers
                    .carriedOutWorkflows()
                    .thenCompose(
                        lately ->
                            lately.orElse(false)
                                ? lookUp(tenant, profile, target, giveUpAt)
                                : CompletableFuture.failedFuture(told));
              }
              if (told instanceof HostAway) {
                return workers
                    .wasThere(tenant.host())
                    .thenCompose(
                        lately ->
                            lately.orElse(true)
                                ? CompletableFuture.completedFuture(Optional.empty())
                                : CompletableFuture.failedFuture(told));
              }
              return told instanceof EngineAway || told instanceof WorkersAway
                  ? CompletableFuture.failedFuture(told)
                  : CompletableFuture.completedFuture(Optional.empty());
            });
  }

  private static UpgradePlan plan(
      Tenant tenant,
      AppProfile profile,
      UpgradeRequest request,
      Optional<VersionInfo> info,
      String caller) {
    Tag target =
        request.targetVersion() != null
            ? request.targetVersion()
            : info.map(VersionInfo::latestVersion).map(Tag::of).orElse(null);
    CommitId commit = info.map(VersionInfo::targetCommit).map(CommitId::of).orElse(null);
    return new UpgradePlan(
        UUID.randomUUID(),
        UpgradePlan.PROTOCOL,
        tenant,
        profile,
        target,
        commit,
        request.options(),
        caller);
  }

  private Running start(WorkflowClient client, UpgradePlan plan) {
    try (LogContext named = LogContext.of(plan.tenant().id(), plan.upgradeId())) {
      Running running = startNamed(client, plan);
      log.info("upgrade to {} asked for by {}", target(plan), plan.requestedBy());
      return running;
    }
  }

  private Running startNamed(WorkflowClient client, UpgradePlan plan) {
    WorkflowStub run =
        WorkflowStub.fromTyped(client.newWorkflowStub(UpgradeWorkflow.class, options(plan)));
    ledger.enter(plan);
    String runId;
    try {
      runId = run.start(plan).getRunId();
    } catch (WorkflowExecutionAlreadyStarted busy) {
      ledger.withdraw(plan.upgradeId());
      throw busy(client, plan.tenant().id());
    } catch (RuntimeException failure) {
      if (engine.explain(failure) instanceof EngineAway away) {
        // It may have been started all the same: the entry stays, and whoever asks for it finds
        // out.
        recordAsked(plan);
        throw away.problem(
                "The engine did not confirm the start; ask again whether it was started.")
            .with(UPGRADE_ID, plan.upgradeId())
            .at(ReportAnswer.location(plan.upgradeId()));
      }
      ledger.withdraw(plan.upgradeId());
      throw failure;
    }
    recordStart(plan, runId);
    versions.forget(plan.tenant().id());
    // The stub that started it would follow the tenant to later upgrades.
    WorkflowStub thisRun =
        client.newUntypedWorkflowStub(
            WorkflowTargetOptions.newBuilder()
                .setWorkflowId(UpgradeWorkflow.idFor(plan.tenant().id()))
                .setRunId(runId)
                .build());
    return new Running(plan.upgradeId(), thisRun);
  }

  // It runs, whatever becomes of these: a failure must not look as if it had not been started.
  private void recordStart(UpgradePlan plan, String runId) {
    try {
      ledger.started(plan.upgradeId(), runId);
    } catch (DataAccessException notRecorded) {
      log.warn(
          "the run of upgrade {} is not in the ledger: {}",
          plan.upgradeId(),
          notRecorded.getMessage());
    }
    recordAsked(plan);
  }

  private void recordAsked(UpgradePlan plan) {
    audit.recordUpgradeAfterwards(
        plan.requestedBy(),
        plan.options().force() ? "upgrade.force" : "upgrade.start",
        plan.tenant().id().value(),
        plan.upgradeId(),
        plan.options().reason());
  }

  private static WorkflowOptions options(UpgradePlan plan) {
    Tenant tenant = plan.tenant();
    var attributes =
        io.temporal.common.SearchAttributes.newBuilder()
            .set(SearchAttributes.TENANT, tenant.id().value())
            .set(SearchAttributes.HOST, tenant.host().value());
    if (plan.target() != null) {
      attributes.set(SearchAttributes.RELEASE, plan.target().name());
    }
    return WorkflowOptions.newBuilder()
        .setWorkflowId(UpgradeWorkflow.idFor(tenant.id()))
        .setTaskQueue(TaskQueues.WORKFLOWS)
        .setWorkflowIdConflictPolicy(WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_FAIL)
        .setWorkflowIdReusePolicy(WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE)
        .setTypedSearchAttributes(attributes.build())
        .setMemo(Map.of(UPGRADE_ID, plan.upgradeId().toString()))
        .setStaticSummary(tenant.id() + " to " + target(plan))
        .build();
  }

  private static String target(UpgradePlan plan) {
    return plan.target() == null ? "the latest release" : plan.target().name();
  }

  private Problem busy(WorkflowClient client, Slug tenant) {
    UUID running = runningUpgrade(client, tenant);
    Problem problem =
        new Problem(
            HttpStatus.CONFLICT,
            "tenant-busy",
            "Tenant busy",
            "Tenant " + tenant + " is being upgraded already; wait for that to end, or cancel it.");
    return running == null
        ? problem
        : problem.with(UPGRADE_ID, running).at(ReportAnswer.location(running));
  }

  private UUID runningUpgrade(WorkflowClient client, Slug tenant) {
    try {
      WorkflowStub run = client.newUntypedWorkflowStub(UpgradeWorkflow.idFor(tenant));
      Object id = run.describe().getMemo(UPGRADE_ID, String.class);
      if (id != null) {
        return UUID.fromString((String) id);
      }
    } catch (RuntimeException overMeanwhile) {
      // The ledger's own knowledge has to do.
    }
    return ledger.running(tenant).map(LedgerEntry::id).orElse(null);
  }

  private static void refuseHeld(LedgerEntry holder) {
    throw new Problem(
            HttpStatus.CONFLICT,
            "tenant-held",
            "Tenant held",
            "Tenant "
                + holder.tenant()
                + " needs a person since upgrade "
                + holder.id()
                + ": follow the runbook in its report. When the host has been told that this is done,"
                + " upgrade with force and a reason.")
        .with(UPGRADE_ID, holder.id())
        .at(ReportAnswer.location(holder.id()));
  }
}
