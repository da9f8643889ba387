package dev.uplift.api.rollout;

import dev.uplift.api.engine.EngineCalls;
import dev.uplift.api.ledger.UpgradeLedger;
import dev.uplift.api.registry.Registry;
import dev.uplift.engine.TaskQueues;
import dev.uplift.probe.ProbeWorkflow;
import dev.uplift.probe.Probed;
import dev.uplift.probe.Unhealthy;
import dev.uplift.profile.yaml.AppName;
import dev.uplift.rollout.Outcome;
import dev.uplift.rollout.RolloutDesk.TenantOutcome;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import io.temporal.api.enums.v1.WorkflowIdConflictPolicy;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.springframework.stereotype.Component;

/**
 * Asks hosts for the health of the tenants that a wave has upgraded. Who cannot be asked is not
 * taken for ill.
 */
@Component
class WaveProbes {
  /** So that their profiles stay far below what the engine takes in one message. */
  private static final int TENANTS_OF_A_QUESTION = 20;

  private static final Duration ANSWER_WITHIN = Duration.ofMinutes(11);

  private final RolloutStore rollouts;
  private final Registry registry;
  private final UpgradeLedger ledger;
  private final EngineCalls engine;

  WaveProbes(RolloutStore rollouts, Registry registry, UpgradeLedger ledger, EngineCalls engine) {
    this.rollouts = rollouts;
    this.registry = registry;
    this.ledger = ledger;
    this.engine = engine;
  }

  /** Those that were upgraded and are not healthy any more. */
  List<TenantOutcome> failedLate(StoredRollout rollout, int wave) {
    Map<HostName, List<Probed>> ofHosts = new LinkedHashMap<>();
    rollouts
        .succeeded(rollout.id(), wave)
        .forEach(
            (name, upgrade) ->
                probed(rollout, name)
                    .filter(one -> isAsLeft(one.tenant().id(), upgrade))
                    .ifPresent(
                        one ->
                            ofHosts
                                .computeIfAbsent(one.tenant().host(), host -> new ArrayList<>())
                                .add(one)));
    List<CompletableFuture<List<Unhealthy>>> answers = new ArrayList<>();
    ofHosts.forEach(
        (host, tenants) -> {
          for (int from = 0; from < tenants.size(); from += TENANTS_OF_A_QUESTION) {
            int to = Math.min(tenants.size(), from + TENANTS_OF_A_QUESTION);
            answers.add(ask(rollout.id(), host, from, List.copyOf(tenants.subList(from, to))));
          }
        });
    return answers.stream()
        .flatMap(answer -> answer.join().stream())
        .map(
            ill ->
                new TenantOutcome(
                    ill.tenant(),
                    Outcome.FAILED_LATE,
                    null,
                    "It was upgraded, and is not healthy any more: " + ill.problem(),
                    null))
        .toList();
  }

  private Optional<Probed> probed(StoredRollout rollout, String name) {
    Optional<Tenant> tenant = registry.tenant(Slug.of(name));
    return tenant.flatMap(
        one ->
            registry
                .app(AppName.of(one.app()))
                .map(profile -> new Probed(one, profile, rollout.order().target())));
  }

  /** What somebody has done to a tenant since is not what the rollout did to it. */
  private boolean isAsLeft(Slug tenant, UUID upgrade) {
    return ledger.running(tenant).isEmpty()
        && ledger.lastThatChanged(tenant).filter(last -> last.id().equals(upgrade)).isPresent();
  }

  private CompletableFuture<List<Unhealthy>> ask(
      UUID rollout, HostName host, int part, List<Probed> tenants) {
    return engine
        .call(client -> start(client, rollout, host, part, tenants))
        .thenCompose(
            run ->
                run.getResultAsync(
                    ANSWER_WITHIN.toMillis(), TimeUnit.MILLISECONDS, Unhealthy[].class))
        .thenApply(List::of)
        .exceptionally(silent -> List.of());
  }

  private static WorkflowStub start(
      WorkflowClient client, UUID rollout, HostName host, int part, List<Probed> tenants) {
    WorkflowStub run =
        WorkflowStub.fromTyped(
            client.newWorkflowStub(
                ProbeWorkflow.class,
                WorkflowOptions.newBuilder()
                    .setWorkflowId(ProbeWorkflow.idFor(rollout, host, part))
                    .setTaskQueue(TaskQueues.WORKFLOWS)
                    .setWorkflowIdConflictPolicy(
                        WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING)
                    .setWorkflowExecutionTimeout(ANSWER_WITHIN)
                    .setStaticSummary("health of " + tenants.size() + " tenants of " + host)
                    .build()));
    run.start(host, tenants);
    return run;
  }
}
