package dev.uplift.worker;

import dev.uplift.engine.Engine;
import dev.uplift.engine.TaskQueues;
import dev.uplift.host.DeadMan;
import dev.uplift.host.HostActivities;
import dev.uplift.ledger.LedgerWorkflowImpl;
import dev.uplift.upgrade.UpgradeWorkflowImpl;
import dev.uplift.version.VersionWorkflowImpl;
import dev.uplift.worker.WorkerProperties.Role;
import io.temporal.worker.WorkerFactory;
import io.temporal.worker.WorkerOptions;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Takes work from the engine between the start of the process and its end. Starting waits, in the
 * background, for an engine that is away; ending lets running steps finish.
 */
@Component
class TemporalWorkers implements SmartLifecycle {
  private static final Logger log = LoggerFactory.getLogger(TemporalWorkers.class);

  /**
   * Many: limits are decided elsewhere, so that a step that waits for its host measures presence
   * and not load.
   */
  private static final int ACTIVITY_SLOTS = 200;

  private static final long DEAD_MAN_PERIOD_MILLIS = 2_000;
  private static final long LOOK_PAUSE_MILLIS = 10_000;

  private final WorkerProperties properties;
  private final Engine engine;
  private final HostActivities activities;
  private final DeadMan deadMan;
  private final ScheduledExecutorService background = Executors.newScheduledThreadPool(3);
  private WorkerFactory factory;
  private boolean running;

  TemporalWorkers(
      WorkerProperties properties,
      Engine engine,
      ObjectProvider<HostActivities> activities,
      ObjectProvider<DeadMan> deadMan) {
    this.properties = properties;
    this.engine = engine;
    this.activities = activities.getIfAvailable();
    this.deadMan = deadMan.getIfAvailable();
  }

  @Override
  public synchronized void start() {
    running = true;
    if (deadMan != null) {
      // Before any work is taken: what a killed worker left must not run beside a new attempt.
      deadMan.atStart();
      background.scheduleWithFixedDelay(
          this::watch, DEAD_MAN_PERIOD_MILLIS, DEAD_MAN_PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }
    background.execute(this::takeWork);
  }

  private void watch() {
    try {
      deadMan.look();
    } catch (RuntimeException e) {
      log.error("the dead man could not look at the journals", e);
    }
  }

  private void takeWork() {
    try {
      engine.awaitReady();
      synchronized (this) {
        if (running) {
          factory = WorkerFactory.newInstance(engine.client());
          register();
          factory.start();
          log.info("taking work: {}", properties.roles());
          background.scheduleWithFixedDelay(
              engine::look, LOOK_PAUSE_MILLIS, LOOK_PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        }
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private void register() {
    if (properties.roles().contains(Role.WORKFLOWS)) {
      factory
          .newWorker(TaskQueues.WORKFLOWS)
          .registerWorkflowImplementationTypes(
              UpgradeWorkflowImpl.class, VersionWorkflowImpl.class, LedgerWorkflowImpl.class);
    }
    if (properties.roles().contains(Role.HOST)) {
      factory
          .newWorker(
              TaskQueues.ofHost(properties.hostName()),
              WorkerOptions.newBuilder()
                  .setMaxConcurrentActivityExecutionSize(ACTIVITY_SLOTS)
                  .setAllowActivityHeartbeatDuringShutdown(true)
                  .build())
          .registerActivitiesImplementations(activities);
    }
  }

  @Override
  public void stop() {
    WorkerFactory draining;
    synchronized (this) {
      running = false;
      draining = factory;
    }
    if (draining != null) {
      log.info("draining: no new work is taken, running steps may finish");
      draining.shutdown();
      draining.awaitTermination(properties.drain().toMillis(), TimeUnit.MILLISECONDS);
      log.info("drained: {}", draining.isTerminated());
    }
    background.shutdownNow();
  }

  @Override
  public synchronized boolean isRunning() {
    return running;
  }

  /** Last to start, first to stop. */
  @Override
  public int getPhase() {
    return Integer.MAX_VALUE;
  }
}
