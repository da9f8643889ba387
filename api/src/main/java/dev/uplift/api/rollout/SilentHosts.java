package dev.uplift.api.rollout;

import com.google.protobuf.Timestamp;
import dev.uplift.api.engine.EngineCalls;
import dev.uplift.engine.TaskQueues;
import dev.uplift.rollout.Outcome;
import dev.uplift.rollout.RolloutDesk.TenantOutcome;
import dev.uplift.rollout.RolloutDesk.Ticket;
import dev.uplift.tenant.Slug;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.UpgradeWorkflow;
import io.temporal.api.enums.v1.PendingActivityState;
import io.temporal.api.workflow.v1.PendingActivityInfo;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowExecutionDescription;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.springframework.stereotype.Component;

/**
 * Finds upgrades whose tenants are down while nothing gets on: the step that comes next lies in the
 * queue of a host that takes nothing, or a host fails at it again and again. The engine tells that
 * without the host.
 */
@Component
class SilentHosts {
  /** A worker that is being replaced is back sooner. */
  private static final Duration SILENT_FOR = Duration.ofMinutes(5);

  /** Of a step that is tried again after 1, 2, 4, 8, 16 and then every 30 s: so for as long. */
  private static final int FAILED_TIMES = 15;

  private final EngineCalls engine;
  private final Clock clock;

  SilentHosts(EngineCalls engine, Clock clock) {
    this.engine = engine;
    this.clock = clock;
  }

  /** An engine that does not answer says of nobody that it is stalled. */
  List<TenantOutcome> among(List<Ticket> underWay) {
    List<CompletableFuture<Optional<TenantOutcome>>> answers =
        underWay.stream()
            .map(
                ticket ->
                    engine
                        .call(client -> stalled(client, ticket))
                        .exceptionally(away -> Optional.empty()))
            .toList();
    return answers.stream().flatMap(answer -> answer.join().stream()).toList();
  }

  private Optional<TenantOutcome> stalled(WorkflowClient client, Ticket ticket) {
    WorkflowExecutionDescription run =
        client.newUntypedWorkflowStub(UpgradeWorkflow.idFor(Slug.of(ticket.tenant()))).describe();
    Object id = run.getMemo(UpgradeWorkflow.ID_MEMO, String.class);
    if (!ticket.upgradeId().toString().equals(id)) {
      return Optional.empty();
    }
    return why(run.getRawDescription().getPendingActivitiesList(), clock.instant())
        .map(
            why ->
                new TenantOutcome(ticket.tenant(), Outcome.STALLED, ticket.upgradeId(), why, null));
  }

  /**
   * Why an upgrade gets nowhere while its tenant is down; empty if it does, or the tenant is up.
   */
  static Optional<String> why(List<PendingActivityInfo> pending, Instant now) {
    return waitingSince(pending)
        .filter(since -> !since.isAfter(now.minus(SILENT_FOR)))
        .map(
            since ->
                "It is in its cutover, and its host has taken no step since "
                    + since
                    + ". It goes on when the host is back: see the upgrade.")
        .or(() -> failing(pending));
  }

  private static Optional<String> failing(List<PendingActivityInfo> pending) {
    return pending.stream()
        .filter(activity -> isOfCutover(activity) && activity.getAttempt() > FAILED_TIMES)
        .findFirst()
        .map(
            activity ->
                "It is in its cutover, and "
                    + activity.getActivityType().getName()
                    + " has failed "
                    + (activity.getAttempt() - 1)
                    + " times: "
                    + activity.getLastFailure().getMessage()
                    + " It is tried again every half minute: see the upgrade.");
  }

  /** Since when a step of a cutover has been waiting for its host; empty if none is. */
  private static Optional<Instant> waitingSince(List<PendingActivityInfo> pending) {
    return pending.stream()
        .filter(
            activity ->
                activity.getState() == PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED
                    && isOfCutover(activity))
        .map(activity -> instant(activity.getScheduledTime()))
        .min(Instant::compareTo);
  }

  private static boolean isOfCutover(PendingActivityInfo activity) {
    for (Step step : Step.values()) {
      if (step.activity().equals(activity.getActivityType().getName())) {
        return !step.isPreparation() && (step != Step.STOP_SERVICES || isBegun(activity));
      }
    }
    return false;
  }

  /**
   * Whoever waits for the way into the cutover still serves. Where StopServices is a machine's, it
   * goes on with what was begun there, forward or back. An engine that does not tell the queue is
   * an embedded one.
   */
  private static boolean isBegun(PendingActivityInfo stopping) {
    String queue = stopping.getActivityOptions().getTaskQueue().getName();
    return !queue.isEmpty() && !TaskQueues.isIntoCutover(queue);
  }

  private static Instant instant(Timestamp time) {
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
  }
}
