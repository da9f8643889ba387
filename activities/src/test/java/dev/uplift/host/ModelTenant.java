package dev.uplift.host;

import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A tenant on paper, with steps that do to it what the real ones do: halfway, and then the rest.
 * Whatever must never happen to a tenant is written down as a violation when it happens.
 */
final class ModelTenant {
  private static final List<String> SCRIPTS = List.of("one", "two");

  /** Which releases code, dependencies and schema are of: each of the old, the new, or neither. */
  enum Part {
    OLD,
    NEITHER,
    NEW
  }

  /**
   * @param migrated the scripts that ran on it since it was last as it had been
   * @param rows what users were told is saved
   */
  record Database(List<String> migrated, List<String> rows) {
    Database migratedBy(String script) {
      return new Database(and(migrated, script), rows);
    }

    Database with(String row) {
      return new Database(migrated, and(rows, row));
    }

    Part schema() {
      if (migrated.isEmpty()) {
        return Part.OLD;
      }
      return migrated.equals(SCRIPTS) ? Part.NEW : Part.NEITHER;
    }

    private static List<String> and(List<String> some, String another) {
      List<String> all = new ArrayList<>(some);
      all.add(another);
      return List.copyOf(all);
    }
  }

  /** Where in a step something goes wrong. */
  enum Point {
    BEFORE,
    HALFWAY,
    AFTER
  }

  final List<String> violations = new ArrayList<>();
  final List<String> savedByOld = new ArrayList<>();
  final List<String> savedByNew = new ArrayList<>();

  /** Databases that were taken out of use. */
  final List<Database> kept = new ArrayList<>();

  final Map<Step, HostStep> steps = new EnumMap<>(Step.class);
  Part code = Part.OLD;
  Part dependencies = Part.OLD;
  Database database = new Database(List.of(), List.of("before"));
  Database backup;
  boolean guarded;

  /** The release that serves; null if none does. */
  Part serving = Part.OLD;

  boolean cleared;

  private final Consumer<Point> world;
  private final Consumer<Direction> permission;
  private int writes;

  /**
   * @param world is asked at each point of each step whether something goes wrong there
   * @param permission objects to an effect that the journal does not allow
   */
  ModelTenant(Consumer<Point> world, Consumer<Direction> permission) {
    this.world = world;
    this.permission = permission;
    steps.put(Step.STOP_SERVICES, this::stop);
    steps.put(Step.BACK_UP_DATABASE, this::backUp);
    steps.put(Step.CHECK_OUT_RELEASE, (in, context) -> relocate(in, context, "code", Part.NEW));
    steps.put(
        Step.INSTALL_DEPENDENCIES,
        (in, context) -> relocate(in, context, "dependencies", Part.NEW));
    steps.put(Step.RUN_MIGRATIONS, this::migrate);
    steps.put(Step.START_SERVICES, this::start);
    steps.put(Step.CHECK_HEALTH, this::checkHealth);
    steps.put(Step.RESTORE_DATABASE, this::restoreDatabase);
    steps.put(
        Step.RESTORE_DEPENDENCIES,
        (in, context) -> relocate(in, context, "dependencies", Part.OLD));
    steps.put(Step.RESTORE_CODE, (in, context) -> relocate(in, context, "code", Part.OLD));
  }

  /** All of one release, or {@code NEITHER}. */
  Part whole() {
    return code == dependencies && code == database.schema() ? code : Part.NEITHER;
  }

  /** A user saves something, and is told so; nothing if nobody serves. */
  void write() {
    if (serving == null) {
      return;
    }
    String row = "row " + ++writes;
    database = database.with(row);
    (serving == Part.OLD ? savedByOld : savedByNew).add(row);
  }

  /** The host is started again, and its init system starts what nothing keeps it from. */
  void reboot() {
    serving = null;
    if (!guarded) {
      serve("at boot");
    }
  }

  void clear(StepInput input, StepContext context) {
    world.accept(Point.BEFORE);
    cleared = true;
  }

  private StepResult effect(StepInput in, String done, Runnable half, Runnable rest) {
    require(in.direction());
    world.accept(Point.BEFORE);
    half.run();
    world.accept(Point.HALFWAY);
    rest.run();
    world.accept(Point.AFTER);
    return StepResult.of(done);
  }

  private void require(Direction direction) {
    try {
      permission.accept(direction);
    } catch (IllegalStateException objection) {
      violations.add(objection.getMessage());
    }
  }

  private StepResult stop(StepInput in, StepContext context) {
    return effect(in, "stopped", () -> guarded = true, () -> serving = null);
  }

  private StepResult backUp(StepInput in, StepContext context) {
    requireDown("copied");
    if (!database.migrated().isEmpty()) {
      violations.add("a migrated database was taken for the one to go back to");
    }
    context.notes().put("backup", "begun");
    return effect(
            in,
            "copied",
            () -> backup = null,
            () -> {
              backup = database;
              context.notes().put("backup", "done");
            })
        .withFacts(StepResult.Facts.backup("/b", database.toString()));
  }

  /** Forward to the new release, back only if it had been gone forward. */
  private StepResult relocate(StepInput in, StepContext context, String part, Part to) {
    if (to == Part.NEW) {
      context.notes().put(part, "begun");
    } else if (context.notes().get(part).isEmpty()) {
      return effect(in, "untouched", () -> {}, () -> {});
    }
    requireDown("given other " + part);
    return effect(in, part, () -> put(part, Part.NEITHER), () -> put(part, to));
  }

  private void put(String part, Part release) {
    if (part.equals("code")) {
      code = release;
    } else {
      dependencies = release;
    }
  }

  private StepResult migrate(StepInput in, StepContext context) {
    requireDown("migrated");
    if (context.notes().get("migrations").isPresent()) {
      database = backup;
    }
    context.notes().put("migrations", "begun");
    return effect(in, "ran", () -> runScript("one"), () -> runScript("two"));
  }

  private void runScript(String script) {
    if (database.migrated().contains(script)) {
      violations.add("script " + script + " ran twice on one database");
    }
    database = database.migratedBy(script);
  }

  private StepResult start(StepInput in, StepContext context) {
    return effect(in, "started", () -> guarded = false, () -> serve("by " + in.direction()));
  }

  private void serve(String how) {
    if (whole() == Part.NEITHER) {
      violations.add("started " + how + " on " + this);
    }
    serving = code;
  }

  private StepResult checkHealth(StepInput in, StepContext context) {
    return effect(
        in,
        "healthy",
        () -> {
          if (serving != (in.direction() == Direction.FORWARD ? Part.NEW : Part.OLD)) {
            throw new StepFailure(FailureKind.UNHEALTHY, serving + " serves", null, null);
          }
        },
        () -> {});
  }

  private StepResult restoreDatabase(StepInput in, StepContext context) {
    if (!context.notes().get("backup").equals(java.util.Optional.of("done"))) {
      return effect(in, "untouched", () -> {}, () -> {});
    }
    requireDown("restored");
    return effect(
        in,
        "restored",
        () -> {
          if (!database.equals(backup)) {
            kept.add(database);
          }
        },
        () -> database = backup);
  }

  private void requireDown(String what) {
    if (serving != null) {
      violations.add(what + " while " + serving + " serves");
    }
  }

  @Override
  public String toString() {
    return "code %s, dependencies %s, database %s, serving %s%s"
        .formatted(code, dependencies, database, serving, guarded ? ", guarded" : "");
  }
}
