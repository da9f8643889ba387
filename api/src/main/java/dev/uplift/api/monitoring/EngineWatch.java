package dev.uplift.api.monitoring;

import dev.uplift.api.engine.PeriodicLook;
import dev.uplift.api.registry.Registry;
import dev.uplift.engine.Engine;
import dev.uplift.engine.TaskQueues;
import dev.uplift.profile.yaml.Host;
import dev.uplift.tenant.HostName;
import io.temporal.api.enums.v1.TaskQueueType;
import io.temporal.api.taskqueue.v1.PollerInfo;
import io.temporal.api.taskqueue.v1.TaskQueue;
import io.temporal.api.workflowservice.v1.DescribeTaskQueueRequest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Asks the engine again and again how it is and who works for it, so that whoever asks for health
 * or metrics does not have to wait for that.
 */
@Component
class EngineWatch extends PeriodicLook {
  private static final Logger log = LoggerFactory.getLogger(EngineWatch.class);
  private static final long PERIOD_SECONDS = 10;
  private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(5);

  /** Whoever takes work asks for it at least once a minute. */
  private static final Duration POLLED_WITHIN = Duration.ofSeconds(70);

  /**
   * What was seen last.
   *
   * @param answer how long the engine took to answer; null if it did not
   * @param workers null if it did not say who they are; the embedded engine never does
   */
  record Seen(Duration answer, Workers workers) {
    static final Seen NOTHING = new Seen(null, null);

    boolean isEngineUp() {
      return answer != null;
    }
  }

  /**
   * How many processes take work.
   *
   * @param ofHosts those that carry out steps, for each host of the registry
   */
  record Workers(int ofWorkflows, Map<HostName, Integer> ofHosts) {}

  private final Engine engine;
  private final Registry registry;
  private final Clock clock;
  private volatile Seen seen = Seen.NOTHING;

  EngineWatch(Engine engine, Registry registry, Clock clock) {
    super("engine-watch", PERIOD_SECONDS);
    this.engine = engine;
    this.registry = registry;
    this.clock = clock;
  }

  Seen seen() {
    return seen;
  }

  @Override
  protected void look() {
    Duration answer;
    try {
      answer = engine.answer(ANSWERS_WITHIN);
    } catch (RuntimeException away) {
      if (seen.isEngineUp()) {
        log.warn("the engine does not answer: {}", away.getMessage());
      }
      seen = Seen.NOTHING;
      return;
    }
    // Known at once, also if asking for the workers takes long.
    seen = new Seen(answer, seen.workers());
    seen = new Seen(answer, workers());
  }

  private Workers workers() {
    try {
      Map<HostName, Integer> ofHosts = new LinkedHashMap<>();
      for (Host host : registry.hosts()) {
        String queue = TaskQueues.ofHost(host.name());
        ofHosts.put(host.name(), workers(queue, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY));
      }
      return new Workers(
          workers(TaskQueues.WORKFLOWS, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW), ofHosts);
    } catch (RuntimeException untold) {
      log.debug("workers cannot be counted", untold);
      return null;
    }
  }

  private int workers(String queue, TaskQueueType type) {
    Instant since = clock.instant().minus(POLLED_WITHIN);
    return (int)
        engine
            .client()
            .getWorkflowServiceStubs()
            .blockingStub()
            .withDeadlineAfter(ANSWERS_WITHIN.toMillis(), TimeUnit.MILLISECONDS)
            .describeTaskQueue(
                DescribeTaskQueueRequest.newBuilder()
                    .setNamespace(engine.client().getOptions().getNamespace())
                    .setTaskQueue(TaskQueue.newBuilder().setName(queue))
                    .setTaskQueueType(type)
                    .build())
            .getPollersList()
            .stream()
            .filter(poller -> poller.getLastAccessTime().getSeconds() >= since.getEpochSecond())
            .map(PollerInfo::getIdentity)
            .distinct()
            .count();
  }
}
