package dev.uplift.api.engine;

import dev.uplift.engine.Engine;
import dev.uplift.engine.TaskQueues;
import dev.uplift.ledger.OutcomeRecorder;
import dev.uplift.ledger.ReleaseRecorder;
import dev.uplift.rollout.RolloutDesk;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerFactory;
import io.temporal.worker.WorkerOptions;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Takes the outcomes of upgrades from the engine into the ledger, as soon as the engine is there.
 */
@Component
class ApiWorker implements SmartLifecycle {
  private static final Logger log = LoggerFactory.getLogger(ApiWorker.class);
  private static final int AT_ONCE = 4;
  private static final long DRAIN_SECONDS = 10;
  private static final long LOOK_PAUSE_MILLIS = 10_000;

  private final Engine engine;
  private final WorkerFactory factory;
  private volatile Thread starter;

  ApiWorker(
      Engine engine, OutcomeRecorder outcomes, ReleaseRecorder releases, RolloutDesk rollouts) {
    this.engine = engine;
    this.factory = WorkerFactory.newInstance(engine.client());
    // One object may be more than one of them.
    work(TaskQueues.API, Stream.of(outcomes, releases, rollouts).distinct().toArray());
    work(TaskQueues.API_ASKING_HOSTS, rollouts);
  }

  private void work(String queue, Object... activities) {
    Worker worker =
        factory.newWorker(
            queue,
            WorkerOptions.newBuilder()
                .setMaxConcurrentActivityExecutionSize(AT_ONCE)
                .setMaxConcurrentActivityTaskPollers(1)
                .build());
    worker.registerActivitiesImplementations(activities);
  }

  @Override
  public synchronized void start() {
    starter = new Thread(this::startAndLook, "api-worker");
    starter.setDaemon(true);
    starter.start();
  }

  private void startAndLook() {
    try {
      engine.awaitReady();
      factory.start();
      log.info("records outcomes from queue {}", TaskQueues.API);
      while (true) {
        Thread.sleep(LOOK_PAUSE_MILLIS);
        engine.look();
      }
    } catch (InterruptedException toldToStop) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public synchronized void stop() {
    Thread starting = starter;
    starter = null;
    try {
      starting.interrupt();
      starting.join(TimeUnit.SECONDS.toMillis(DRAIN_SECONDS));
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
    }
    // One that has not found its engine has nothing to tell it, and the SDK would fail trying to.
    if (factory.isStarted()) {
      factory.shutdown();
      factory.awaitTermination(DRAIN_SECONDS, TimeUnit.SECONDS);
    }
  }

  @Override
  public boolean isRunning() {
    return starter != null;
  }
}
