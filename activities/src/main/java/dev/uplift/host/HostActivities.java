package dev.uplift.host;

import dev.uplift.check.CheckReport;
import dev.uplift.check.TenantCheck;
import dev.uplift.command.CommandRunner;
import dev.uplift.evidence.EvidenceReader;
import dev.uplift.evidence.EvidenceReport;
import dev.uplift.evidence.EvidenceRequest;
import dev.uplift.logging.LogContext;
import dev.uplift.rollback.RollbackPreview;
import dev.uplift.rollback.RollbackPreviewer;
import dev.uplift.rollback.RollbackQuestion;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.Deployed;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FetchInput;
import dev.uplift.upgrade.HeldSteps;
import dev.uplift.upgrade.RehearsalSteps;
import dev.uplift.upgrade.Release;
import dev.uplift.upgrade.ReleaseOrder;
import dev.uplift.upgrade.ReleasedTenant;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.StepFailures;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import dev.uplift.upgrade.UpgradePlan;
import dev.uplift.upgrade.UpgradeSteps;
import dev.uplift.version.VersionInfo;
import dev.uplift.version.VersionLookup;
import dev.uplift.version.VersionRequest;
import io.temporal.activity.Activity;
import io.temporal.failure.ApplicationFailure;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The activities of a host: between the engine, which knows attempts, and the steps, which know the
 * tenant.
 */
public final class HostActivities
    implements UpgradeSteps,
        RehearsalSteps,
        HeldSteps,
        VersionLookup,
        TenantCheck,
        EvidenceReader,
        RollbackPreviewer {
  private static final Logger log = LoggerFactory.getLogger(HostActivities.class);

  /**
   * The steps of preparation: they write caches and staging only, so no journal is kept of them.
   */
  public record Preparation(
      Inspection inspectTenant,
      FetchRelease fetchRelease,
      InspectRollback inspectRollback,
      HostStep stageDependencies,
      HostStep rehearseMigrations,
      RehearsalEnd endRehearsal) {}

  /** Reads everything that can refuse an upgrade. */
  public interface Inspection {
    Deployed run(UpgradePlan plan, StepContext context);
  }

  /** Brings the release to the host. */
  public interface FetchRelease {
    Release run(UpgradePlan plan, Deployed from, StepContext context);
  }

  /** Finds the release that a rollback goes back to, and its backup. */
  public interface InspectRollback {
    Release run(UpgradePlan plan, Deployed from, StepContext context);
  }

  /** Gives back what an inspection has kept for an upgrade. */
  public interface RehearsalEnd {
    void run(UUID upgradeId);
  }

  /** Tells what a rollback would undo. */
  public interface Preview {
    RollbackPreview run(RollbackQuestion question, StepContext context);
  }

  /** Tells whether an upgrade could begin. */
  public interface Check {
    CheckReport run(UpgradePlan plan, StepContext context);
  }

  private final HostPaths paths;
  private final Machine machine;
  private final Territory territory;
  private final Preparation preparation;
  private final Cutover cutover;
  private final Holds holds;
  private final VersionLookup versions;
  private final Check check;
  private final EvidenceReader evidence;
  private final Preview preview;
  private final Presence presence;
  private final Heartbeats heartbeats;
  private final Set<AttemptCancellation> preparing = ConcurrentHashMap.newKeySet();
  private volatile boolean handingOver;

  public HostActivities(
      HostPaths paths,
      Machine machine,
      Territory territory,
      Preparation preparation,
      Cutover cutover,
      Holds holds,
      VersionLookup versions,
      Check check,
      EvidenceReader evidence,
      Preview preview,
      Presence presence,
      Heartbeats heartbeats) {
    this.paths = paths;
    this.machine = machine;
    this.territory = territory;
    this.preparation = preparation;
    this.cutover = cutover;
    this.holds = holds;
    this.versions = versions;
    this.check = check;
    this.evidence = evidence;
    this.preview = preview;
    this.presence = presence;
    this.heartbeats = heartbeats;
  }

  /**
   * Gives back what is being prepared here, for whoever replaces this worker: it would only be
   * waited for, and preparation can be begun anew at any time.
   */
  public void handOverPreparation() {
    handingOver = true;
    preparing.forEach(HostActivities::handOver);
  }

  private static void handOver(AttemptCancellation attempt) {
    attempt.request(
        StepFailures.outcome(
            "The worker is being replaced; the step begins anew.",
            StepFailures.HANDED_OVER,
            false));
  }

  @Override
  public Deployed inspectTenant(UpgradePlan plan) {
    return prepare(
        Step.INSPECT_TENANT,
        plan,
        null,
        context -> preparation.inspectTenant().run(plan, context).on(machine.id()));
  }

  @Override
  public Release fetchRelease(FetchInput input) {
    return prepare(
        Step.FETCH_RELEASE,
        input.plan(),
        input.from(),
        context -> preparation.fetchRelease().run(input.plan(), input.from(), context));
  }

  @Override
  public Release inspectRollback(FetchInput input) {
    return prepare(
        Step.INSPECT_ROLLBACK,
        input.plan(),
        input.from(),
        context -> preparation.inspectRollback().run(input.plan(), input.from(), context));
  }

  @Override
  public StepResult stageDependencies(StepInput input) {
    return prepare(
        Step.STAGE_DEPENDENCIES,
        input.plan(),
        input.from(),
        context -> Redaction.of(preparation.stageDependencies().run(input, context)));
  }

  @Override
  public StepResult rehearseMigrations(StepInput input) {
    return prepare(
        Step.REHEARSE_MIGRATIONS,
        input.plan(),
        input.from(),
        context -> Redaction.of(preparation.rehearseMigrations().run(input, context)));
  }

  @Override
  public void endRehearsal(UpgradePlan plan) {
    preparation.endRehearsal().run(plan.upgradeId());
  }

  @Override
  public StepResult stopServices(StepInput input) {
    return cutOver(Step.STOP_SERVICES, input);
  }

  @Override
  public StepResult backUpDatabase(StepInput input) {
    return cutOver(Step.BACK_UP_DATABASE, input);
  }

  @Override
  public StepResult checkOutRelease(StepInput input) {
    return cutOver(Step.CHECK_OUT_RELEASE, input);
  }

  @Override
  public StepResult installDependencies(StepInput input) {
    return cutOver(Step.INSTALL_DEPENDENCIES, input);
  }

  @Override
  public StepResult runMigrations(StepInput input) {
    return cutOver(Step.RUN_MIGRATIONS, input);
  }

  @Override
  public StepResult reinstateDatabase(StepInput input) {
    return cutOver(Step.REINSTATE_DATABASE, input);
  }

  @Override
  public StepResult startServices(StepInput input) {
    return cutOver(Step.START_SERVICES, input);
  }

  @Override
  public StepResult checkHealth(StepInput input) {
    return cutOver(Step.CHECK_HEALTH, input);
  }

  @Override
  public StepResult restoreDatabase(StepInput input) {
    return cutOver(Step.RESTORE_DATABASE, input);
  }

  @Override
  public StepResult restoreDependencies(StepInput input) {
    return cutOver(Step.RESTORE_DEPENDENCIES, input);
  }

  @Override
  public StepResult restoreCode(StepInput input) {
    return cutOver(Step.RESTORE_CODE, input);
  }

  @Override
  public StepInput reopenUpgrade(UpgradePlan plan) {
    return endHold(
        "ReopenUpgrade",
        plan.tenant(),
        plan.ofUpgrade(),
        attempt -> holds.reopen(plan, machine, attempt));
  }

  @Override
  public ReleasedTenant releaseTenant(ReleaseOrder order) {
    return endHold(
        "ReleaseTenant",
        order.tenant(),
        order.knownUpgrade(),
        attempt -> holds.release(order, attempt));
  }

  private <R> R endHold(
      String activity, Tenant tenant, UUID upgradeId, Function<AttemptCancellation, R> body) {
    AttemptCancellation attempt = new AttemptCancellation();
    try (var named = LogContext.of(tenant.id(), upgradeId);
        var beating = heartbeats.during(Activity.getExecutionContext(), attempt, () -> {})) {
      territory.requireHost(tenant);
      return body.apply(attempt);
    } catch (StepFailure failure) {
      log.warn("{}: {}", activity, Redaction.of(failure.getMessage()));
      throw told(activity, failure, true);
    } catch (StepCancelled cancelled) {
      throw attempt.reason() == null ? cancelled : attempt.reason();
    } catch (RuntimeException unexpected) {
      log.error("{} failed unexpectedly", activity, Redaction.of(unexpected));
      throw told(activity, UnexpectedFailure.explain(unexpected), false);
    }
  }

  @Override
  public VersionInfo lookUpVersion(VersionRequest request) {
    try (LogContext named = LogContext.of(request.tenant().id(), null)) {
      territory.require(request.tenant());
      return versions.lookUpVersion(request);
    } catch (StepFailure failure) {
      throw told("LookUpVersion", failure, true);
    } catch (RuntimeException unexpected) {
      log.error(
          "the version of {} cannot be told", request.tenant().id(), Redaction.of(unexpected));
      throw told("LookUpVersion", UnexpectedFailure.explain(unexpected), false);
    }
  }

  @Override
  public CheckReport checkTenant(UpgradePlan plan) {
    try {
      territory.require(plan.tenant());
      return check.run(plan, contextOf(plan, new AttemptCancellation()));
    } catch (StepFailure failure) {
      throw told(Step.INSPECT_TENANT.activity(), failure, true);
    } catch (RuntimeException unexpected) {
      log.error(
          "the check of {} failed unexpectedly", plan.tenant().id(), Redaction.of(unexpected));
      throw told(Step.INSPECT_TENANT.activity(), UnexpectedFailure.explain(unexpected), true);
    }
  }

  @Override
  public EvidenceReport readEvidence(EvidenceRequest request) {
    try (LogContext named = LogContext.of(request.tenant(), request.upgradeId())) {
      return evidence.readEvidence(request);
    } catch (RuntimeException unexpected) {
      log.error("the evidence of {} cannot be told", request.tenant(), Redaction.of(unexpected));
      throw told("ReadEvidence", UnexpectedFailure.explain(unexpected), true);
    }
  }

  @Override
  public RollbackPreview previewRollback(RollbackQuestion question) {
    String activity = Step.INSPECT_ROLLBACK.activity();
    Tenant tenant = question.tenant();
    AttemptCancellation attempt = new AttemptCancellation();
    try (LogContext named = LogContext.of(tenant.id(), null);
        var beating = heartbeats.during(Activity.getExecutionContext(), attempt, () -> {})) {
      territory.require(tenant);
      return preview.run(question, contextOf(tenant.id(), question.id(), attempt));
    } catch (StepFailure failure) {
      throw told(activity, failure, true);
    } catch (StepCancelled cancelled) {
      throw attempt.reason() == null ? cancelled : attempt.reason();
    } catch (RuntimeException unexpected) {
      log.error("a rollback of {} cannot be told", tenant.id(), Redaction.of(unexpected));
      throw told(activity, UnexpectedFailure.explain(unexpected), true);
    }
  }

  private <R> R prepare(
      Step step, UpgradePlan plan, Deployed found, Function<StepContext, R> body) {
    return attempt(
        step,
        plan,
        found,
        Direction.FORWARD,
        attempt -> {
          preparing.add(attempt);
          try {
            if (handingOver) {
              handOver(attempt);
            }
            attempt.check();
            territory.requirePlace(plan.tenant());
            return body.apply(contextOf(plan, attempt));
          } catch (RuntimeException failure) {
            // A command that was ended because the step is to stop has not failed.
            attempt.check();
            throw failure;
          } finally {
            preparing.remove(attempt);
          }
        });
  }

  private StepContext contextOf(UpgradePlan plan, AttemptCancellation attempt) {
    return contextOf(plan.tenant().id(), plan.upgradeId(), attempt);
  }

  private StepContext contextOf(Slug tenant, UUID id, AttemptCancellation attempt) {
    return new StepContext(
        paths,
        attempt,
        CommandRunner.sharing(paths.preparationLock(tenant), attempt),
        new PreparationNotes(paths.preparation(tenant, id)));
  }

  private StepResult cutOver(Step step, StepInput input) {
    return attempt(
        step,
        input.plan(),
        input.from(),
        input.direction(),
        attempt -> cutover.run(step, input, attempt));
  }

  private <R> R attempt(
      Step step,
      UpgradePlan plan,
      Deployed found,
      Direction direction,
      Function<AttemptCancellation, R> body) {
    try (LogContext named = LogContext.of(plan.tenant().id(), plan.upgradeId())) {
      R result = attemptNamed(step, plan, found, direction, body);
      log.info("{}{}: done", direction == Direction.BACK ? "back: " : "", step.activity());
      return result;
    }
  }

  private <R> R attemptNamed(
      Step step,
      UpgradePlan plan,
      Deployed found,
      Direction direction,
      Function<AttemptCancellation, R> body) {
    UUID upgradeId = plan.upgradeId();
    AttemptCancellation attempt = new AttemptCancellation();
    try (var beating =
        heartbeats.during(
            Activity.getExecutionContext(), attempt, () -> presence.seen(upgradeId))) {
      territory.requireHost(plan.tenant());
      machine.require(plan.tenant(), found);
      return body.apply(attempt);
    } catch (StepFailure failure) {
      log.warn("{}: {}", step.activity(), Redaction.of(failure.getMessage()));
      throw told(step.activity(), failure, isFinal(failure, direction));
    } catch (StepCancelled cancelled) {
      // What the engine said is what it wants to hear back; a superseded attempt is not listened
      // to.
      throw attempt.reason() == null ? cancelled : attempt.reason();
    } catch (RuntimeException unexpected) {
      log.error("{} failed unexpectedly", step.activity(), Redaction.of(unexpected));
      StepFailure explained = UnexpectedFailure.explain(unexpected);
      throw told(step.activity(), explained, isFinal(explained, direction));
    } finally {
      presence.seen(upgradeId);
    }
  }

  /**
   * A compensation is over when the tenant is restored or held, which the journal says. Whatever
   * else keeps a step of it from being done, a full disk for instance, is tried again.
   */
  private static boolean isFinal(StepFailure failure, Direction direction) {
    return direction == Direction.FORWARD || failure instanceof TenantHeld;
  }

  private static ApplicationFailure told(String activity, StepFailure failure, boolean isFinal) {
    Failure detail = failure.told(activity);
    return failure instanceof TenantHeld held
        ? StepFailures.outcome(detail.message(), StepFailures.TYPE, true, detail, held.runbook())
        : StepFailures.told(detail, isFinal);
  }
}
