package dev.uplift.bench;

import dev.uplift.engine.TaskQueues;
import dev.uplift.release.CommitId;
import dev.uplift.release.Tag;
import dev.uplift.tenant.HostName;
import dev.uplift.upgrade.Deployed;
import dev.uplift.upgrade.FetchInput;
import dev.uplift.upgrade.Release;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import dev.uplift.upgrade.UpgradePlan;
import dev.uplift.upgrade.UpgradeSteps;
import io.temporal.client.WorkflowClient;
import io.temporal.worker.WorkerFactory;
import io.temporal.worker.WorkerOptions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Hosts without tenants, for scale: each step sleeps a little and says that it is done. */
final class FakeHosts implements AutoCloseable {
  private static final Duration STEP = Duration.ofMillis(20);
  private static final int AT_ONCE = 50;
  private final WorkerFactory workers;

  FakeHosts(WorkflowClient client, List<HostName> hosts) {
    workers = WorkerFactory.newInstance(client);
    for (HostName host : hosts) {
      workers
          .newWorker(
              TaskQueues.ofHost(host),
              WorkerOptions.newBuilder()
                  .setMaxConcurrentActivityExecutionSize(AT_ONCE)
                  .setMaxConcurrentActivityTaskPollers(2)
                  .build())
          .registerActivitiesImplementations(new Steps());
    }
    workers.start();
  }

  @Override
  public void close() {
    workers.shutdownNow();
    workers.awaitTermination(10, TimeUnit.SECONDS);
  }

  private static final class Steps implements UpgradeSteps {
    private static final CommitId OLD = CommitId.of("1".repeat(40));
    private static final CommitId NEW = CommitId.of("2".repeat(40));

    @Override
    public Deployed inspectTenant(UpgradePlan plan) {
      sleep();
      return new Deployed(
          "v0.2.0", Tag.of("v0.2.0"), OLD, plan.profile(), true, List.of(), List.of());
    }

    @Override
    public Release fetchRelease(FetchInput input) {
      sleep();
      return new Release(input.plan().target(), NEW, input.plan().profile(), List.of());
    }

    @Override
    public Release inspectRollback(FetchInput input) {
      throw new UnsupportedOperationException("nothing is rolled back here");
    }

    @Override
    public StepResult stageDependencies(StepInput input) {
      return done();
    }

    @Override
    public StepResult rehearseMigrations(StepInput input) {
      return done();
    }

    @Override
    public StepResult stopServices(StepInput input) {
      return done();
    }

    @Override
    public StepResult backUpDatabase(StepInput input) {
      return done();
    }

    @Override
    public StepResult checkOutRelease(StepInput input) {
      return done();
    }

    @Override
    public StepResult installDependencies(StepInput input) {
      return done();
    }

    @Override
    public StepResult runMigrations(StepInput input) {
      return done();
    }

    @Override
    public StepResult reinstateDatabase(StepInput input) {
      return done();
    }

    @Override
    public StepResult startServices(StepInput input) {
      return done();
    }

    @Override
    public StepResult checkHealth(StepInput input) {
      sleep();
      return StepResult.of("done").withFacts(StepResult.Facts.downtime(STEP.toMillis() * 6));
    }

    @Override
    public StepResult restoreDatabase(StepInput input) {
      return done();
    }

    @Override
    public StepResult restoreDependencies(StepInput input) {
      return done();
    }

    @Override
    public StepResult restoreCode(StepInput input) {
      return done();
    }

    private static StepResult done() {
      sleep();
      return StepResult.of("done");
    }

    private static void sleep() {
      try {
        Thread.sleep(STEP.toMillis());
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
