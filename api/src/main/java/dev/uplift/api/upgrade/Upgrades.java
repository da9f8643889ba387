package dev.uplift.api.upgrade;

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
import dev.uplift.upgrade.Operation;
import dev.uplift.upgrade.ResumeWorkflow;
import dev.uplift.upgrade.RollbackWorkflow;
import dev.uplift.upgrade.UpgradeOptions;
import dev.uplift.upgrade.UpgradePlan;
import dev.uplift.upgrade.UpgradeWorkflow;
import dev.uplift.version.VersionInfo;
import io.temporal.api.enums.v1.WorkflowExecutionStatus;
import io.temporal.api.enums.v1.WorkflowIdConflictPolicy;
import io.temporal.api.enums.v1.WorkflowIdReusePolicy;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowExecutionAlreadyStarted;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowTargetOptions;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Service;

/** Starts upgrades. */
@Service
class Upgrades {
  private static final Logger log = LoggerFactory.getLogger(Upgrades.class);

  /** The member of a problem that names the upgrade it is about. */
  static final String UPGRADE_ID = "upgrade_id";

  /** What a worker may take from its end to the start of the one that replaces it. */
  private static final Duration REPLACED = Duration.ofSeconds(45);

  /** For how long somebody is asked of whom the engine cannot say whether there is anybody. */
  private static final Duration PERHAPS_THERE = Duration.ofSeconds(15);

  private final UpgradeLedger ledger;
  private final Admission admission;
  private final Versions versions;
  private final Workers workers;
  private final EngineCalls engine;
  private final Clock clock;

  Upgrades(
      UpgradeLedger ledger,
      Admission admission,
      Versions versions,
      Workers workers,
      EngineCalls engine,
      Clock clock) {
    this.ledger = ledger;
    this.admission = admission;
    this.versions = versions;
    this.workers = workers;
    this.engine = engine;
    this.clock = clock;
  }

  /**
   * Freezes the plan and has the engine start it. Fails with a {@link Problem} when the tenant is
   * busy, held, or not registered any more as it was, when the engine, the host or all workers are
   * away, or when two machines answer for the host.
   */
  CompletableFuture<Running> start(
      Tenant tenant, AppProfile profile, UpgradeRequest request, String caller) {
    admission.refuseIfHeld(tenant.id());
    return start(
        tenant,
        profile,
        request.targetVersion(),
        info -> plan(tenant, profile, request, info, caller));
  }

  /**
   * Has the engine start the compensation of a held tenant once more. Fails as {@link #start} does,
   * but for the hold.
   *
   * @param held the upgrade that holds the tenant
   * @param reason null if none was given
   */
  CompletableFuture<Running> resume(
      Tenant tenant, AppProfile profile, UUID held, String reason, String caller) {
    return start(
        tenant,
        profile,
        null,
        info ->
            new UpgradePlan(
                UUID.randomUUID(),
                Operation.RESUME.protocol(),
                tenant,
                profile,
                null,
                null,
                new UpgradeOptions(true, true, false, reason),
                caller,
                Operation.RESUME,
                held));
  }

  private CompletableFuture<Running> start(
      Tenant tenant,
      AppProfile profile,
      Tag target,
      Function<Optional<VersionInfo>, UpgradePlan> planned) {
    return workers
        .requireOneMachine(tenant.host())
        .thenCompose(one -> lookUp(tenant, profile, target, clock.instant()))
        .thenCompose(info -> start(planned.apply(info)))
        .exceptionallyCompose(failure -> CompletableFuture.failedFuture(notStarted(failure)));
  }

  /** Has the engine start what is planned, as {@link #resume} does. */
  CompletableFuture<Running> start(UpgradePlan plan) {
    AtomicBoolean answered = new AtomicBoolean();
    return engine
        .call(client -> start(client, plan, answered))
        .exceptionallyCompose(
            failure -> {
              answered.set(true);
              return CompletableFuture.failedFuture(explainStart(plan, failure));
            });
  }

  /** Fails with a {@link Problem} when something runs for the tenant. */
  CompletableFuture<Void> requireIdle(Slug tenant) {
    return engine.call(
        client -> {
          refuseIfBusy(client, tenant);
          return null;
        });
  }

  /** The failure as a {@link Problem}, if it is one of the way to the tenant. */
  Throwable notStarted(Throwable failure) {
    Throwable told = engine.explain(failure);
    if (told instanceof EngineAway away) {
      return away.problem("Nothing was started. Try again later.");
    }
    if (told instanceof WorkersAway away) {
      return away.problem("Nothing was started. Try again when they are running.");
    }
    if (told instanceof HostAway away) {
      return away.problem("Nothing was started. Is its Uplift worker running?");
    }
    return told;
  }

  // It may have been started all the same, but not without an entry that can be asked for by now.
  private Throwable explainStart(UpgradePlan plan, Throwable failure) {
    Throwable told = engine.explain(failure);
    if (!(told instanceof EngineAway away) || !away.wasAsked()) {
      return told;
    }
    URI location = ReportAnswer.location(plan.upgradeId());
    return away.problem(
            "The start was not confirmed: ask at "
                + location
                + " whether the "
                + plan.operation().code()
                + " runs. If nothing is known there, it was not started.")
        .with(UPGRADE_ID, plan.upgradeId())
        .about(location)
        .at(location);
  }

  /**
   * What the host says about the release; empty if it cannot tell, in which case preparation will
   * say what is wrong. Workers that are being replaced are waited for.
   */
  private CompletableFuture<Optional<VersionInfo>> lookUp(
      Tenant tenant, AppProfile profile, Tag target, Instant begun) {
    return versions
        .lookUp(tenant, profile, target)
        .thenApply(info -> Optional.of(info).filter(answered -> answered.upstreamError() == null))
        .exceptionallyCompose(
            failure -> {
              Throwable told = engine.explain(failure);
              if (told instanceof WorkersAway) {
                return workers
                    .carriedOutWorkflows()
                    .thenCompose(
                        lately ->
                            clock.instant().isBefore(begun.plus(patience(lately)))
                                ? lookUp(tenant, profile, target, begun)
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
              return told instanceof EngineAway
                  ? CompletableFuture.failedFuture(told)
                  : CompletableFuture.completedFuture(Optional.empty());
            });
  }

  /**
   * @param lately whether anybody carried out workflows; empty if the engine cannot say
   */
  private static Duration patience(Optional<Boolean> lately) {
    return lately.map(there -> there ? REPLACED : Duration.ZERO).orElse(PERHAPS_THERE);
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
        Operation.UPGRADE.protocol(),
        tenant,
        profile,
        target,
        commit,
        request.options(),
        caller);
  }

  private Running start(WorkflowClient client, UpgradePlan plan, AtomicBoolean answered) {
    try (LogContext named = LogContext.of(plan.tenant().id(), plan.upgradeId())) {
      Running running = startNamed(client, plan, answered);
      log.info("{}{} asked for by {}", plan.operation().code(), what(plan), plan.requestedBy());
      return running;
    }
  }

  private Running startNamed(WorkflowClient client, UpgradePlan plan, AtomicBoolean answered) {
    WorkflowStub run =
        WorkflowStub.fromTyped(client.newWorkflowStub(workflow(plan.operation()), options(plan)));
    refuseIfBusy(client, plan.tenant().id());
    admission.admit(plan);
    if (answered.get()) {
      admission.withdraw(plan, "the registry took longer than the caller was let wait");
      throw new CancellationException("whoever asked has been answered");
    }
    String runId;
    try {
      runId = run.start(plan).getRunId();
    } catch (WorkflowExecutionAlreadyStarted busy) {
      admission.withdraw(plan, "the tenant was busy");
      throw busy(client, plan.tenant().id());
    } catch (RuntimeException failure) {
      Throwable told = engine.explain(failure);
      if (!(told instanceof EngineAway)) {
        admission.withdraw(plan, "the engine refused it: " + told.getMessage());
      }
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

  // It runs, whatever becomes of this: a failure must not look as if it had not been started.
  private void recordStart(UpgradePlan plan, String runId) {
    try {
      ledger.started(plan.upgradeId(), runId);
    } catch (DataAccessException notRecorded) {
      log.warn(
          "the run of upgrade {} is not in the ledger: {}",
          plan.upgradeId(),
          notRecorded.getMessage());
    }
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
        .setMemo(Map.of(UpgradeWorkflow.ID_MEMO, plan.upgradeId().toString()))
        .setStaticSummary(tenant.id() + what(plan))
        .build();
  }

  private static Class<?> workflow(Operation operation) {
    return switch (operation) {
      case UPGRADE -> UpgradeWorkflow.class;
      case ROLLBACK -> RollbackWorkflow.class;
      case RESUME -> ResumeWorkflow.class;
    };
  }

  private static String what(UpgradePlan plan) {
    String target = plan.target() == null ? "the latest release" : plan.target().name();
    return switch (plan.operation()) {
      case UPGRADE -> " to " + target;
      case ROLLBACK -> " back to " + target;
      case RESUME -> " of upgrade " + plan.ofUpgrade();
    };
  }

  // The engine refuses it as well, but by then the upgrade would have been entered.
  private void refuseIfBusy(WorkflowClient client, Slug tenant) {
    if (ledger.running(tenant).isPresent() && isRunning(client, tenant)) {
      throw busy(client, tenant);
    }
  }

  private static boolean isRunning(WorkflowClient client, Slug tenant) {
    try {
      return client.newUntypedWorkflowStub(UpgradeWorkflow.idFor(tenant)).describe().getStatus()
          == WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING;
    } catch (RuntimeException overOrUntold) {
      return false; // the start itself will tell
    }
  }

  Problem busy(WorkflowClient client, Slug tenant) {
    UUID running = runningUpgrade(client, tenant);
    Problem problem =
        new Problem(
            HttpStatus.CONFLICT,
            "tenant-busy",
            "Tenant busy",
            "Tenant "
                + tenant
                + " is being worked on already"
                + (running == null ? ", or rehearsed by a rollout" : "")
                + "; wait for that to end, or cancel it.");
    return running == null
        ? problem
        : problem.with(UPGRADE_ID, running).at(ReportAnswer.location(running));
  }

  private UUID runningUpgrade(WorkflowClient client, Slug tenant) {
    try {
      WorkflowStub run = client.newUntypedWorkflowStub(UpgradeWorkflow.idFor(tenant));
      Object id = run.describe().getMemo(UpgradeWorkflow.ID_MEMO, String.class);
      if (id != null) {
        return UUID.fromString((String) id);
      }
    } catch (RuntimeException overMeanwhile) {
      // The ledger's own knowledge has to do.
    }
    return ledger.running(tenant).map(LedgerEntry::id).orElse(null);
  }
}
