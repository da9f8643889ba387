package dev.uplift.api.upgrade;

import dev.uplift.api.audit.AuditLog;
import dev.uplift.api.engine.EngineAway;
import dev.uplift.api.engine.EngineCalls;
import dev.uplift.api.presence.Workers;
import dev.uplift.api.problem.HostUnreachable;
import dev.uplift.api.problem.Problem;
import dev.uplift.api.version.HostAway;
import dev.uplift.api.version.Versions;
import dev.uplift.api.version.WorkersAway;
import dev.uplift.api.web.PendingAnswers;
import dev.uplift.engine.SearchAttributes;
import dev.uplift.engine.TaskQueues;
import dev.uplift.profile.AppProfile;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.ReleaseOrder;
import dev.uplift.upgrade.ReleaseWorkflow;
import dev.uplift.upgrade.ReleasedTenant;
import dev.uplift.upgrade.StepFailures;
import dev.uplift.upgrade.UpgradeWorkflow;
import io.temporal.api.enums.v1.WorkflowIdConflictPolicy;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowExecutionAlreadyStarted;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Service;

/** Has hosts end the holds of tenants that a person has looked after. */
@Service
class Releases {
  private static final Duration ANSWER_WITHIN = Duration.ofMinutes(6);
  private static final String NOT_KNOWN =
      "Whether the tenant was released is not known: ask for it again.";

  private final Holders holders;
  private final Upgrades upgrades;
  private final Versions versions;
  private final Workers workers;
  private final EngineCalls engine;
  private final AuditLog audit;
  private final PendingAnswers pending;

  Releases(
      Holders holders,
      Upgrades upgrades,
      Versions versions,
      Workers workers,
      EngineCalls engine,
      AuditLog audit,
      PendingAnswers pending) {
    this.holders = holders;
    this.upgrades = upgrades;
    this.versions = versions;
    this.workers = workers;
    this.engine = engine;
    this.audit = audit;
    this.pending = pending;
  }

  /**
   * Fails with a {@link Problem} when the tenant is not held, or by another upgrade than was named,
   * when it is being worked on, or when the engine, the host or all workers are away.
   */
  CompletableFuture<ReleasedTenant> release(
      Tenant tenant, AppProfile profile, ReleaseRequest request, String caller) {
    UUID named =
        request.upgradeId() == null ? null : holders.meant(tenant.id(), request.upgradeId());
    UUID known = named == null ? holders.known(tenant.id()).orElse(null) : named;
    ReleaseOrder order =
        new ReleaseOrder(
            tenant,
            profile,
            named,
            known,
            holders.isHeld(tenant.id()),
            Boolean.TRUE.equals(request.startServices()),
            caller,
            request.reason());
    return workers
        .requireOneMachine(tenant.host())
        .thenCompose(one -> versions.lookUp(tenant, profile, null))
        .handle((info, failure) -> requireSomebodyThere(failure))
        .thenCompose(there -> engine.call(client -> start(client, order)))
        .thenCompose(
            run ->
                pending.orStopping(
                    run.getResultAsync(
                        ANSWER_WITHIN.toMillis(), TimeUnit.MILLISECONDS, ReleasedTenant.class),
                    NOT_KNOWN))
        .exceptionallyCompose(
            failure -> CompletableFuture.failedFuture(explain(tenant.id(), failure)));
  }

  // Of a held tenant much may not be told; that somebody is there to release it is known.
  private boolean requireSomebodyThere(Throwable failure) {
    Throwable told = failure == null ? null : engine.explain(failure);
    if (told instanceof EngineAway away) {
      throw away;
    }
    if (told instanceof WorkersAway away) {
      throw away.problem("Nothing was changed. Try again when they are running.");
    }
    if (told instanceof HostAway away) {
      throw away.problem("Nothing was changed. Is its Uplift worker running?");
    }
    if (told instanceof Problem problem && problem.getStatusCode().equals(HttpStatus.CONFLICT)) {
      throw problem;
    }
    return true;
  }

  private WorkflowStub start(WorkflowClient client, ReleaseOrder order) {
    Tenant tenant = order.tenant();
    WorkflowStub run =
        WorkflowStub.fromTyped(client.newWorkflowStub(ReleaseWorkflow.class, options(order)));
    // Before it is started: nothing may happen of which nobody knows who asked for it.
    if (order.knownUpgrade() == null) {
      audit.record(order.requestedBy(), "tenant.release", "tenants/" + tenant.id(), order.reason());
    } else {
      audit.recordUpgrade(
          order.requestedBy(),
          "tenant.release",
          tenant.id().value(),
          order.knownUpgrade(),
          order.reason());
    }
    try {
      run.start(order);
    } catch (WorkflowExecutionAlreadyStarted busy) {
      throw upgrades.busy(client, tenant.id());
    }
    return run;
  }

  private static WorkflowOptions options(ReleaseOrder order) {
    Tenant tenant = order.tenant();
    return WorkflowOptions.newBuilder()
        .setWorkflowId(UpgradeWorkflow.idFor(tenant.id()))
        .setTaskQueue(TaskQueues.WORKFLOWS)
        .setWorkflowIdConflictPolicy(WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_FAIL)
        .setTypedSearchAttributes(
            io.temporal.common.SearchAttributes.newBuilder()
                .set(SearchAttributes.TENANT, tenant.id().value())
                .set(SearchAttributes.HOST, tenant.host().value())
                .build())
        .setStaticSummary(tenant.id() + ": release")
        .build();
  }

  private Throwable explain(Slug tenant, Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ApplicationFailure refused
          && StepFailures.TYPE.equals(refused.getType())) {
        return refused(tenant, refused.getDetails().get(Failure.class));
      }
    }
    Throwable told = engine.explain(failure);
    if (told instanceof TimeoutException || told instanceof EngineAway) {
      return engine.away(told).problem(NOT_KNOWN);
    }
    return told;
  }

  private static Problem refused(Slug tenant, Failure failure) {
    Problem problem =
        switch (failure.kind()) {
          case NOT_HELD -> Holders.notHeld(tenant, failure.message());
          case BUSY ->
              new Problem(HttpStatus.CONFLICT, "tenant-busy", "Tenant busy", failure.message());
          case HOST_UNREACHABLE ->
              HostUnreachable.problem(failure.message() + " Nothing was changed.");
          default ->
              new Problem(
                  HttpStatus.UNPROCESSABLE_CONTENT,
                  "release-refused",
                  "Release refused",
                  failure.message());
        };
    return failure.kind() == FailureKind.HOST_UNREACHABLE
        ? problem
        : problem.with("failure", failure);
  }
}
