package dev.uplift.worker;

import dev.uplift.backup.BackupsWorkflowImpl;
import dev.uplift.check.CheckWorkflowImpl;
import dev.uplift.engine.Engine;
import dev.uplift.engine.TaskQueues;
import dev.uplift.evidence.EvidenceWorkflowImpl;
import dev.uplift.host.DeadMan;
import dev.uplift.host.HostActivities;
import dev.uplift.host.Machine;
import dev.uplift.inspect.ProbeTenants;
import dev.uplift.journal.Journal;
import dev.uplift.journal.Journals;
import dev.uplift.ledger.LedgerWorkflowImpl;
import dev.uplift.probe.ProbeWorkflowImpl;
import dev.uplift.retention.BackupActivities;
import dev.uplift.retention.Housekeeping;
import dev.uplift.rollback.RollbackPreviewWorkflowImpl;
import dev.uplift.rollout.RolloutWorkflowImpl;
import dev.uplift.service.ServiceManager;
import dev.uplift.tenant.HostName;
import dev.uplift.upgrade.RehearsalWorkflowImpl;
import dev.uplift.upgrade.ReleaseWorkflowImpl;
import dev.uplift.upgrade.ResumeWorkflowImpl;
import dev.uplift.upgrade.RollbackWorkflowImpl;
import dev.uplift.upgrade.UpgradeWorkflowImpl;
import dev.uplift.version.VersionWorkflowImpl;
import dev.uplift.worker.WorkerProperties.Role;
import io.temporal.worker.WorkerFactory;
import io.temporal.worker.WorkerFactoryOptions;
import io.temporal.worker.WorkerOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Takes work from the engine between the start of the process and its end. Starting waits, in the
 * background, for an engine that is away. Ending takes three steps, so that no tenant stays down
 * for it: nothing enters a cutover here any more; those that have begun are brought to their end,
 * with all other work going on; then what is being prepared is handed over.
 */
@Component
class TemporalWorkers implements SmartLifecycle {
  private static final Logger log = LoggerFactory.getLogger(TemporalWorkers.class);

  /**
   * Many: limits are decided elsewhere, so that a step that waits for its host measures presence
   * and not load.
   */
  private static final int ACTIVITY_SLOTS = 200;

  /**
   * What makes no progress for so long is given up and begun anew. The SDK's second is not enough
   * where a worker that was just started loads its classes on a busy machine.
   */
  private static final Duration DEADLOCK = Duration.ofSeconds(8);

  /**
   * The SDK's is four fifths of the heartbeat timeout of five seconds: a worker that stands still
   * for a second longer would be taken for lost, and what it does begun anew beside it. A step also
   * hears so much sooner that it is to stop.
   */
  private static final Duration HEARTBEATS_SENT_EVERY = Duration.ofSeconds(1);

  private static final long DEAD_MAN_PERIOD_MILLIS = 2_000;
  private static final long HOUSEKEEPING_PERIOD_MILLIS = 5_000;
  private static final long DRAIN_PERIOD_MILLIS = 100;

  /** How often a worker that drains looks whether its machine goes down. */
  private static final Duration MACHINE_PERIOD = Duration.ofSeconds(1);

  /** For steps that answer at once when they are told to stop. */
  private static final Duration HAND_OVER = Duration.ofSeconds(10);

  private static final Duration HAND_OVER_GOING_DOWN = Duration.ofSeconds(1);

  private static final long LOOK_PAUSE_MILLIS = 10_000;

  private final WorkerProperties properties;
  private final Engine engine;
  private final HostActivities activities;
  private final BackupActivities backups;
  private final ProbeTenants probes;
  private final Housekeeping housekeeping;
  private final DeadMan deadMan;
  private final Journals journals;
  private final Machine machine;
  private final ServiceManager services;
  private final StepTimes stepTimes;
  private final ScheduledExecutorService background = Executors.newScheduledThreadPool(4);
  private WorkerFactory factory;
  private WorkerFactory entrance;
  private boolean running;

  TemporalWorkers(
      WorkerProperties properties,
      Engine engine,
      ObjectProvider<HostActivities> activities,
      ObjectProvider<BackupActivities> backups,
      ObjectProvider<ProbeTenants> probes,
      ObjectProvider<Housekeeping> housekeeping,
      ObjectProvider<DeadMan> deadMan,
      ObjectProvider<Journals> journals,
      ObjectProvider<Machine> machine,
      ObjectProvider<ServiceManager> services,
      StepTimes stepTimes) {
    this.properties = properties;
    this.engine = engine;
    this.activities = activities.getIfAvailable();
    this.backups = backups.getIfAvailable();
    this.probes = probes.getIfAvailable();
    this.housekeeping = housekeeping.getIfAvailable();
    this.deadMan = deadMan.getIfAvailable();
    this.journals = journals.getIfAvailable();
    this.machine = machine.getIfAvailable();
    this.services = services.getIfAvailable();
    this.stepTimes = stepTimes;
  }

  @Override
  public synchronized void start() {
    running = true;
    if (deadMan != null) {
      // Before any work is taken: what a killed worker left must not run beside a new attempt.
      deadMan.atStart();
      background.scheduleWithFixedDelay(
          this::watch, DEAD_MAN_PERIOD_MILLIS, DEAD_MAN_PERIOD_MILLIS, TimeUnit.MILLISECONDS);
      background.scheduleWithFixedDelay(
          this::keepHouse,
          HOUSEKEEPING_PERIOD_MILLIS,
          HOUSEKEEPING_PERIOD_MILLIS,
          TimeUnit.MILLISECONDS);
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

  private void keepHouse() {
    try {
      housekeeping.look();
    } catch (RuntimeException e) {
      log.error("what upgrades have left could not be looked after", e);
    }
  }

  private void takeWork() {
    try {
      engine.awaitReady();
      synchronized (this) {
        if (running) {
          WorkerFactoryOptions options =
              WorkerFactoryOptions.newBuilder().setWorkerInterceptors(stepTimes).build();
          factory = WorkerFactory.newInstance(engine.client(), options);
          entrance = WorkerFactory.newInstance(engine.client(), options);
          register();
          factory.start();
          entrance.start();
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
          .newWorker(
              TaskQueues.WORKFLOWS,
              WorkerOptions.newBuilder()
                  .setDefaultDeadlockDetectionTimeout(DEADLOCK.toMillis())
                  .build())
          .registerWorkflowImplementationTypes(
              RolloutWorkflowImpl.class,
              UpgradeWorkflowImpl.class,
              RollbackWorkflowImpl.class,
              RollbackPreviewWorkflowImpl.class,
              ResumeWorkflowImpl.class,
              ReleaseWorkflowImpl.class,
              VersionWorkflowImpl.class,
              CheckWorkflowImpl.class,
              ProbeWorkflowImpl.class,
              RehearsalWorkflowImpl.class,
              BackupsWorkflowImpl.class,
              EvidenceWorkflowImpl.class,
              LedgerWorkflowImpl.class);
    }
    if (properties.roles().contains(Role.HOST)) {
      HostName host = properties.hostName();
      takeSteps(factory, TaskQueues.ofHost(host));
      takeSteps(factory, TaskQueues.ofMachine(host, machine.id()));
      takeSteps(entrance, TaskQueues.intoCutover(host));
    }
  }

  private void takeSteps(WorkerFactory workers, String queue) {
    workers
        .newWorker(
            queue,
            WorkerOptions.newBuilder()
                .setMaxConcurrentActivityExecutionSize(ACTIVITY_SLOTS)
                .setAllowActivityHeartbeatDuringShutdown(true)
                .setMaxHeartbeatThrottleInterval(HEARTBEATS_SENT_EVERY)
                .build())
        .registerActivitiesImplementations(activities, backups, probes);
  }

  @Override
  public void stop() {
    if (housekeeping != null) {
      housekeeping.stop();
    }
    boolean started;
    synchronized (this) {
      running = false;
      started = factory != null;
    }
    if (started) {
      drain(Instant.now().plus(properties.drain()));
    }
    background.shutdownNow();
  }

  private void drain(Instant deadline) {
    log.info("draining: no cutover begins here any more, those that have begun go on");
    entrance.shutdown();
    boolean staysUp =
        await(deadline, entrance::isTerminated) && await(deadline, noneIsLeftOf(openCutovers()));
    factory.shutdown();
    if (activities != null) {
      activities.handOverPreparation();
      backups.stop();
    }
    // What is cut off when the machine goes down is settled when it is up again.
    long patienceMillis =
        staysUp
            ? Math.max(HAND_OVER.toMillis(), millisUntil(deadline))
            : HAND_OVER_GOING_DOWN.toMillis();
    factory.awaitTermination(patienceMillis, TimeUnit.MILLISECONDS);
    log.info("drained: {}", factory.isTerminated());
  }

  /** Those that begin meanwhile are in the hands of the worker that replaces this one. */
  private BooleanSupplier noneIsLeftOf(Set<UUID> begun) {
    return () -> Collections.disjoint(begun, openCutovers());
  }

  /** Whether the machine stays up; if it does not, nothing is waited for. */
  private boolean await(Instant deadline, BooleanSupplier condition) {
    Instant lookedAt = Instant.MIN;
    while (!condition.getAsBoolean() && Instant.now().isBefore(deadline)) {
      if (lookedAt.isBefore(Instant.now().minus(MACHINE_PERIOD))) {
        lookedAt = Instant.now();
        if (services != null && services.isGoingDown()) {
          log.info("the machine goes down: nothing is waited for");
          return false;
        }
      }
      try {
        Thread.sleep(DRAIN_PERIOD_MILLIS);
      } catch (InterruptedException hurry) {
        Thread.currentThread().interrupt();
        return true;
      }
    }
    return true;
  }

  private Set<UUID> openCutovers() {
    return journals == null
        ? Set.of()
        : journals.unsettled().stream()
            .map(Journal::state)
            .filter(state -> !state.phase().isSettled())
            .map(state -> state.input().plan().upgradeId())
            .collect(Collectors.toSet());
  }

  private static long millisUntil(Instant deadline) {
    return Math.max(0, Duration.between(Instant.now(), deadline).toMillis());
  }

  @Override
  public synchronized boolean isRunning() {
    return running;
  }

  /** Whether work is taken now: neither before the engine was there nor while draining. */
  synchronized boolean isTakingWork() {
    return running && takesWork(factory) && takesWork(entrance);
  }

  private static boolean takesWork(WorkerFactory workers) {
    return workers != null && workers.isStarted() && !workers.isShutdown();
  }

  /** Last to start, first to stop. */
  @Override
  public int getPhase() {
    return Integer.MAX_VALUE;
  }
}
