package dev.uplift.upgrade;

import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Workflow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What happened in an upgrade so far, as the report will tell it. Lives in workflow code:
 * deterministic.
 */
final class UpgradeRecord {
  private static final String DONE = "done";
  private static final int STEP_OUTPUT_CHARS = 2_000;

  private final UpgradePlan plan;
  private final Instant startedAt = now();
  private final List<StepReport> steps = new ArrayList<>();
  private final List<String> details = new ArrayList<>();
  private final List<String> preparation = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private Deployed from;
  private Release to;
  private Failure failure;
  private Failure heldFor;
  private List<String> runbook;
  private List<String> migrationsRun = List.of();
  private StepResult.Facts rehearsal = StepResult.Facts.NONE;
  private String backupPath;
  private String fingerprintBefore;
  private String fingerprintAfter;
  private Long downtimeMillis;
  private Map<String, Long> writesAfterStart;
  private String failedDatabase;

  UpgradeRecord(UpgradePlan plan) {
    this.plan = plan;
  }

  /** Runs a step and records how it went; what it throws is passed on. */
  <R> R step(Step step, Direction direction, Supplier<R> body, Function<R, StepResult> told) {
    Instant begin = now();
    StepReport running =
        new StepReport(step.activity(), direction, "running", begin, null, null, null);
    steps.add(running);
    int place = steps.size() - 1;
    showInTemporalUi();
    try {
      R result = body.get();
      StepResult said = told.apply(result);
      warnings.addAll(said.warnings());
      steps.set(place, ended(running, DONE, said.summary(), said.output()));
      return result;
    } catch (TemporalFailure thrown) {
      Failure why = StepFailures.explain(step, thrown);
      steps.set(place, ended(running, "failed", why.message(), null));
      throw thrown;
    }
  }

  private static StepReport ended(StepReport step, String status, String summary, String output) {
    long took = now().toEpochMilli() - step.startedAt().toEpochMilli();
    return new StepReport(
        step.name(), step.direction(), status, step.startedAt(), took, summary, shortened(output));
  }

  private static String shortened(String output) {
    return output == null || output.length() <= STEP_OUTPUT_CHARS
        ? output
        : output.substring(output.length() - STEP_OUTPUT_CHARS);
  }

  private void showInTemporalUi() {
    StringBuilder text = new StringBuilder();
    for (StepReport step : steps) {
      text.append("- ")
          .append(step.direction() == Direction.BACK ? "back: " : "")
          .append(step.name());
      text.append(step.summary() == null ? "" : ": " + step.summary()).append('\n');
    }
    Workflow.setCurrentDetails(text.toString());
  }

  void detail(String line) {
    details.add(line);
  }

  void prepared(String line) {
    preparation.add(line);
  }

  void from(Deployed from) {
    this.from = from;
  }

  void to(Release to) {
    this.to = to;
  }

  Deployed from() {
    return from;
  }

  Release to() {
    return to;
  }

  /** The step that runs or ran last; the first one before any has. */
  Step lastStep() {
    return steps.isEmpty() ? Step.INSPECT_TENANT : Step.named(steps.get(steps.size() - 1).name());
  }

  boolean wasDone(Step forward) {
    return steps.stream()
        .anyMatch(
            step ->
                step.name().equals(forward.activity())
                    && step.direction() == Direction.FORWARD
                    && step.status().equals(DONE));
  }

  void failed(Failure failure) {
    this.failure = failure;
  }

  void held(Failure heldFor, List<String> runbook) {
    this.heldFor = heldFor;
    this.runbook = runbook;
  }

  /** Takes over what later readers need of a step's result. */
  void learn(StepResult result) {
    StepResult.Facts facts = result.facts();
    backupPath = facts.backupPath() == null ? backupPath : facts.backupPath();
    migrationsRun = facts.migrationsRun() == null ? migrationsRun : facts.migrationsRun();
    downtimeMillis = facts.downtimeMillis() == null ? downtimeMillis : facts.downtimeMillis();
    writesAfterStart =
        facts.writesAfterStart() == null ? writesAfterStart : facts.writesAfterStart();
    failedDatabase = facts.failedDatabase() == null ? failedDatabase : facts.failedDatabase();
  }

  void rehearsed(StepResult result) {
    rehearsal = result.facts();
  }

  void fingerprintBefore(String fingerprint) {
    fingerprintBefore = fingerprint;
  }

  void fingerprintAfter(String fingerprint) {
    fingerprintAfter = fingerprint;
  }

  UpgradeProgress progress() {
    return new UpgradeProgress(
        plan.upgradeId(), plan.tenant().id().value(), phase(), List.copyOf(steps));
  }

  private String phase() {
    if (steps.isEmpty()) {
      return "starting";
    }
    StepReport last = steps.get(steps.size() - 1);
    if (last.direction() == Direction.BACK) {
      return "turning_back";
    }
    return lastStep().isPreparation() ? "preparation" : "cutover";
  }

  UpgradeReport report(UpgradeStatus status, boolean changed) {
    boolean deployedNew = status == UpgradeStatus.SUCCESS;
    String previous = from == null ? null : from.version();
    return new UpgradeReport(
        status,
        previous,
        deployedNew ? to.tag().name() : previous,
        commitNow(deployedNew),
        status == UpgradeStatus.SUCCESS ? migrationsRun : List.of(),
        backupPath,
        List.copyOf(details),
        plan.upgradeId(),
        plan.tenant().id().value(),
        changed,
        targetVersion(),
        List.copyOf(preparation),
        downtimeMillis,
        failure,
        heldFor,
        List.copyOf(steps),
        fingerprints(status),
        writesAfterStart,
        failedDatabase,
        allWarnings(status),
        runbook,
        plan.requestedBy(),
        plan.options().reason(),
        startedAt,
        now(),
        plan.operation(),
        plan.ofUpgrade());
  }

  /**
   * @param refusal null if nothing refuses the upgrade
   */
  RehearsalReport rehearsal(Failure refusal) {
    return new RehearsalReport(
        plan.tenant().id().value(),
        from == null ? null : from.version(),
        targetVersion(),
        from != null && to != null && from.isAt(to),
        from == null ? null : from.diskBytes(),
        rehearsal.migrationsMillis(),
        List.copyOf(warnings),
        refusal == null && rehearsal.notRehearsed() != null ? unrehearsed() : refusal);
  }

  /** Whoever asks for a rehearsal does not want to rely on one that never was. */
  private Failure unrehearsed() {
    return new Failure(
        Step.REHEARSE_MIGRATIONS.activity(),
        FailureKind.NOT_REHEARSED,
        "Its migrations were not rehearsed: " + rehearsal.notRehearsed() + ".",
        null,
        "Make rehearsals possible, or roll out to this tenant without one.");
  }

  private String commitNow(boolean deployedNew) {
    if (deployedNew) {
      return to.commit().abbreviated();
    }
    return from == null ? null : from.commit().abbreviated();
  }

  private String targetVersion() {
    if (to != null) {
      return to.tag().name();
    }
    return plan.target() == null ? null : plan.target().name();
  }

  private Fingerprints fingerprints(UpgradeStatus status) {
    return switch (status) {
      case SUCCESS, REJECTED -> null;
      case NEEDS_ATTENTION -> new Fingerprints(fingerprintBefore, null, false, null);
      case ROLLED_BACK ->
          fingerprintAfter == null
              ? new Fingerprints(null, null, true, "The journal proves that nothing was written.")
              : new Fingerprints(
                  // The host lets nothing start that differs, so what it found is what it had.
                  fingerprintAfter,
                  fingerprintAfter,
                  true,
                  "Code, dependencies and database were compared on the host before the services were started.");
    };
  }

  private List<String> allWarnings(UpgradeStatus status) {
    Map<String, Boolean> once = new LinkedHashMap<>();
    warnings.forEach(warning -> once.put(warning, true));
    if (plan.operation() == Operation.ROLLBACK && status == UpgradeStatus.SUCCESS) {
      once.put(
          "What was written since the backup of "
              + to.tag()
              + " had been taken is given up; it is kept in "
              + backupPath
              + ", and another rollback brings it back.",
          true);
    }
    return List.copyOf(once.keySet());
  }

  private static Instant now() {
    return Instant.ofEpochMilli(Workflow.currentTimeMillis());
  }
}
