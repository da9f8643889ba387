package dev.uplift.api.check;

import dev.uplift.api.engine.EngineAway;
import dev.uplift.api.engine.EngineCalls;
import dev.uplift.api.engine.HostQuestion;
import dev.uplift.api.problem.HostUnreachable;
import dev.uplift.api.problem.Problem;
import dev.uplift.api.version.Versions;
import dev.uplift.api.version.WorkersAway;
import dev.uplift.check.CheckReport;
import dev.uplift.check.CheckWorkflow;
import dev.uplift.profile.AppProfile;
import dev.uplift.release.Tag;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Operation;
import dev.uplift.upgrade.UpgradeOptions;
import dev.uplift.upgrade.UpgradePlan;
import dev.uplift.version.VersionInfo;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Service;

/** Asks hosts whether upgrades of their tenants could begin. */
@Service
class Checks {
  private static final String SILENT = "Is its Uplift worker running?";
  private static final Duration ANSWER_WITHIN = Duration.ofMinutes(5).plusSeconds(20);
  private static final Duration LEFT_OPEN_FOR_AT_MOST = Duration.ofMinutes(6);

  private final EngineCalls engine;
  private final Versions versions;

  Checks(EngineCalls engine, Versions versions) {
    this.engine = engine;
    this.versions = versions;
  }

  /**
   * Fails with {@link EngineAway}, with {@link WorkersAway}, or with the {@link Problem} of a host
   * that does not answer.
   *
   * @param target null for the latest
   */
  CompletableFuture<CheckReport> check(
      Tenant tenant, AppProfile profile, Tag target, String caller) {
    UpgradePlan plan =
        new UpgradePlan(
            UUID.randomUUID(),
            Operation.UPGRADE.protocol(),
            tenant,
            profile,
            target,
            null,
            UpgradeOptions.DEFAULTS,
            caller);
    // A check may take minutes. That somebody is there to make it is known within seconds.
    return versions
        .lookUp(tenant, profile, target)
        .handle(this::requireSomebodyThere)
        .thenCompose(there -> engine.call(client -> start(client, plan)))
        .thenCompose(
            run ->
                run.getResultAsync(
                    ANSWER_WITHIN.toMillis(), TimeUnit.MILLISECONDS, CheckReport.class))
        .exceptionallyCompose(failure -> CompletableFuture.failedFuture(explain(tenant, failure)))
        .thenApply(report -> requireAnswer(tenant, report));
  }

  // What else keeps a version from being told, the check finds as well, and says more of it.
  private boolean requireSomebodyThere(VersionInfo info, Throwable failure) {
    Throwable told = failure == null ? null : engine.explain(failure);
    if (told instanceof EngineAway away) {
      throw away;
    }
    if (told instanceof WorkersAway away) {
      throw away;
    }
    if (told instanceof Problem problem
        && problem.getStatusCode().equals(HttpStatus.SERVICE_UNAVAILABLE)) {
      throw problem;
    }
    return true;
  }

  private static WorkflowStub start(WorkflowClient client, UpgradePlan plan) {
    Tenant tenant = plan.tenant();
    WorkflowOptions options =
        new HostQuestion(
                CheckWorkflow.idFor(tenant.id()),
                tenant,
                plan.target(),
                LEFT_OPEN_FOR_AT_MOST,
                "check of " + tenant.id())
            .options();
    WorkflowStub stub =
        WorkflowStub.fromTyped(client.newWorkflowStub(CheckWorkflow.class, options));
    stub.start(plan);
    return stub;
  }

  private static CheckReport requireAnswer(Tenant tenant, CheckReport report) {
    if (report.failure() != null && report.failure().kind() == FailureKind.HOST_UNREACHABLE) {
      throw HostUnreachable.of(tenant, SILENT);
    }
    return report;
  }

  private Throwable explain(Tenant tenant, Throwable failure) {
    Throwable told = engine.explain(failure);
    return told instanceof TimeoutException ? HostUnreachable.of(tenant, SILENT) : told;
  }
}
