package dev.uplift.upgrade;

import io.temporal.activity.Activity;
import io.temporal.client.ActivityCompletionException;
import io.temporal.failure.ApplicationFailure;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;

/**
 * A host that does nothing but what a test tells it, and remembers the order in which it was
 * called.
 */
final class ScriptedHost implements UpgradeSteps, RehearsalSteps {
  final List<String> calls = new CopyOnWriteArrayList<>();

  /** The queue from which each of the calls was taken. */
  final List<String> queues = new CopyOnWriteArrayList<>();

  private final Map<Step, Supplier<StepResult>> forward = new ConcurrentHashMap<>();
  private final Map<Step, Supplier<StepResult>> back = new ConcurrentHashMap<>();
  volatile Deployed deployed;

  ScriptedHost() {
    reset();
  }

  /** Everything works, and nothing was called yet. */
  void reset() {
    calls.clear();
    queues.clear();
    forward.clear();
    back.clear();
    deployed = Samples.V020;
    forward.put(
        Step.BACK_UP_DATABASE,
        () ->
            StepResult.of("backed up")
                .withFacts(StepResult.Facts.backup("/srv/acme/db/pocket.db.backup_1", "before")));
    forward.put(
        Step.RUN_MIGRATIONS,
        () -> StepResult.of("ran").withFacts(StepResult.Facts.migrations(Samples.SIX_SCRIPTS)));
    forward.put(
        Step.CHECK_HEALTH,
        () -> StepResult.of("healthy").withFacts(StepResult.Facts.downtime(812L)));
    back.put(
        Step.RESTORE_CODE,
        () -> StepResult.of("restored").withFacts(StepResult.Facts.fingerprint("before")));
  }

  void onForward(Step step, Supplier<StepResult> behaviour) {
    forward.put(step, behaviour);
  }

  void onBack(Step step, Supplier<StepResult> behaviour) {
    back.put(step, behaviour);
  }

  void fails(Step step, FailureKind kind) {
    onForward(step, () -> fail(step, kind));
  }

  static StepResult fail(Step step, FailureKind kind, String... runbook) {
    Failure failure = new Failure(step.activity(), kind, "it went wrong", "evidence", "advice");
    throw runbook.length == 0
        ? ApplicationFailure.newNonRetryableFailure("it went wrong", StepFailures.TYPE, failure)
        : ApplicationFailure.newNonRetryableFailure(
            "it went wrong", StepFailures.TYPE, failure, List.of(runbook));
  }

  /** Runs until it is cancelled, and tells that it has begun. */
  static StepResult untilCancelled(CountDownLatch begun) {
    begun.countDown();
    while (true) {
      try {
        Activity.getExecutionContext().heartbeat(null);
        Thread.sleep(20);
      } catch (ActivityCompletionException cancelled) {
        throw cancelled;
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Override
  public void endRehearsal(UpgradePlan plan) {
    calls.add("EndRehearsal");
  }

  private StepResult act(Step step, Direction direction) {
    queues.add(Activity.getExecutionContext().getInfo().getActivityTaskQueue());
    calls.add((direction == Direction.BACK ? "back " : "") + step.activity());
    Map<Step, Supplier<StepResult>> script = direction == Direction.BACK ? back : forward;
    return script.getOrDefault(step, () -> StepResult.of("ok")).get();
  }

  @Override
  public Deployed inspectTenant(UpgradePlan plan) {
    act(Step.INSPECT_TENANT, Direction.FORWARD);
    return deployed;
  }

  @Override
  public Release fetchRelease(FetchInput input) {
    act(Step.FETCH_RELEASE, Direction.FORWARD);
    return Samples.V030;
  }

  @Override
  public Release inspectRollback(FetchInput input) {
    act(Step.INSPECT_ROLLBACK, Direction.FORWARD);
    return Samples.BACK_TO_V020;
  }

  @Override
  public StepResult stageDependencies(StepInput input) {
    return act(Step.STAGE_DEPENDENCIES, input.direction());
  }

  @Override
  public StepResult rehearseMigrations(StepInput input) {
    return act(Step.REHEARSE_MIGRATIONS, input.direction());
  }

  @Override
  public StepResult stopServices(StepInput input) {
    return act(Step.STOP_SERVICES, input.direction());
  }

  @Override
  public StepResult backUpDatabase(StepInput input) {
    return act(Step.BACK_UP_DATABASE, input.direction());
  }

  @Override
  public StepResult checkOutRelease(StepInput input) {
    return act(Step.CHECK_OUT_RELEASE, input.direction());
  }

  @Override
  public StepResult installDependencies(StepInput input) {
    return act(Step.INSTALL_DEPENDENCIES, input.direction());
  }

  @Override
  public StepResult runMigrations(StepInput input) {
    return act(Step.RUN_MIGRATIONS, input.direction());
  }

  @Override
  public StepResult reinstateDatabase(StepInput input) {
    return act(Step.REINSTATE_DATABASE, input.direction());
  }

  @Override
  public StepResult startServices(StepInput input) {
    return act(Step.START_SERVICES, input.direction());
  }

  @Override
  public StepResult checkHealth(StepInput input) {
    return act(Step.CHECK_HEALTH, input.direction());
  }

  @Override
  public StepResult restoreDatabase(StepInput input) {
    return act(Step.RESTORE_DATABASE, input.direction());
  }

  @Override
  public StepResult restoreDependencies(StepInput input) {
    return act(Step.RESTORE_DEPENDENCIES, input.direction());
  }

  @Override
  public StepResult restoreCode(StepInput input) {
    return act(Step.RESTORE_CODE, input.direction());
  }
}
