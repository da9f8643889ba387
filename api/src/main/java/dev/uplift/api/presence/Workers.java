package dev.uplift.api.presence;

import com.google.protobuf.Timestamp;
import dev.uplift.api.engine.EngineCalls;
import dev.uplift.api.presence.Pollers.Poller;
import dev.uplift.api.problem.Problem;
import dev.uplift.engine.TaskQueues;
import dev.uplift.tenant.HostName;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.temporal.api.enums.v1.TaskQueueType;
import io.temporal.api.taskqueue.v1.TaskQueue;
import io.temporal.api.workflowservice.v1.DescribeTaskQueueRequest;
import io.temporal.client.WorkflowClient;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/**
 * Tells workers that are away for a moment, because they are being replaced, from those that are
 * not there at all; and finds two machines that answer for one host. The embedded engine cannot
 * say.
 */
@Component
public class Workers {
  private final EngineCalls engine;

  Workers(EngineCalls engine) {
    this.engine = engine;
  }

  /** Fails with a {@link Problem} if the workers of two machines have this host name. */
  public CompletableFuture<Void> requireOneMachine(HostName host) {
    return pollers(TaskQueues.ofHost(host), TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)
        .thenAccept(
            found ->
                found
                    .map(Pollers::machines)
                    .filter(machines -> machines.size() > 1)
                    .ifPresent(machines -> refuse(host, machines)));
  }

  /**
   * What speaks against an upgrade on a host.
   *
   * @param mayPass whether it may be otherwise in a minute: an engine that was restarted knows of
   *     no worker until each has asked it for work again
   * @param reason one sentence for a person
   */
  public record Hindrance(boolean mayPass, String reason) {}

  /**
   * Why a host could not carry out an upgrade now; empty if nothing speaks against it, or the
   * engine cannot say.
   */
  public CompletableFuture<Optional<Hindrance>> hindrance(HostName host) {
    return pollers(TaskQueues.ofHost(host), TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)
        .thenApply(found -> found.flatMap(pollers -> hindrance(host, pollers)));
  }

  private static Optional<Hindrance> hindrance(HostName host, Pollers pollers) {
    if (pollers.all().isEmpty()) {
      return Optional.of(
          new Hindrance(true, "Host " + host + " has no worker: is uplift-worker running there?"));
    }
    return pollers.machines().size() > 1
        ? Optional.of(new Hindrance(false, twoMachines(host, pollers.machines())))
        : Optional.empty();
  }

  /** Whether the host had a worker within the last minutes; empty if the engine cannot say. */
  public CompletableFuture<Optional<Boolean>> wasThere(HostName host) {
    return pollers(TaskQueues.ofHost(host), TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)
        .thenApply(found -> found.map(pollers -> !pollers.all().isEmpty()));
  }

  /**
   * Whether anybody carried out workflows within the last minutes; empty if the engine cannot say.
   */
  public CompletableFuture<Optional<Boolean>> carriedOutWorkflows() {
    return pollers(TaskQueues.WORKFLOWS, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW)
        .thenApply(found -> found.map(pollers -> !pollers.all().isEmpty()));
  }

  private CompletableFuture<Optional<Pollers>> pollers(String queue, TaskQueueType type) {
    return engine.call(client -> ask(client, queue, type));
  }

  private static Optional<Pollers> ask(WorkflowClient client, String queue, TaskQueueType type) {
    DescribeTaskQueueRequest request =
        DescribeTaskQueueRequest.newBuilder()
            .setNamespace(client.getOptions().getNamespace())
            .setTaskQueue(TaskQueue.newBuilder().setName(queue))
            .setTaskQueueType(type)
            .build();
    try {
      return Optional.of(
          new Pollers(
              client
                  .getWorkflowServiceStubs()
                  .blockingStub()
                  .describeTaskQueue(request)
                  .getPollersList()
                  .stream()
                  .map(it -> new Poller(it.getIdentity(), instant(it.getLastAccessTime())))
                  .toList()));
    } catch (StatusRuntimeException refused) {
      if (refused.getStatus().getCode() == Status.Code.UNIMPLEMENTED) {
        return Optional.empty();
      }
      throw refused;
    }
  }

  private static Instant instant(Timestamp time) {
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
  }

  private static String twoMachines(HostName host, Set<String> machines) {
    return "The workers of machines "
        + String.join(" and ", machines)
        + " both say that they are host "
        + host
        + ". Nothing was started. Give each its own uplift.host.name, restart it, and try"
        + " again two minutes later.";
  }

  private static void refuse(HostName host, Set<String> machines) {
    throw new Problem(
            HttpStatus.CONFLICT,
            "wrong-host",
            "Two machines answer for one host",
            twoMachines(host, machines))
        .with("host", host.value())
        .with("machines", machines);
  }
}
