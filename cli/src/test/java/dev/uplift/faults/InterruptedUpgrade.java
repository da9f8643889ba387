package dev.uplift.faults;

import dev.uplift.command.CommandRunner;
import dev.uplift.database.BackUpDatabase;
import dev.uplift.database.RestoreDatabase;
import dev.uplift.host.Cancellation;
import dev.uplift.host.Cutover;
import dev.uplift.host.DeadMan;
import dev.uplift.host.Fingerprint;
import dev.uplift.host.HostConfiguration;
import dev.uplift.host.HostPaths;
import dev.uplift.host.HostStep;
import dev.uplift.host.Presence;
import dev.uplift.host.StepContext;
import dev.uplift.host.TenantLocks;
import dev.uplift.host.Territory;
import dev.uplift.journal.Journal;
import dev.uplift.journal.Journals;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.HealthCheck;
import dev.uplift.release.CommitId;
import dev.uplift.release.Tag;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.Deployed;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Release;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import dev.uplift.upgrade.UpgradeOptions;
import dev.uplift.upgrade.UpgradePlan;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * An upgrade of a database without a tenant around it: the journal, the backup, the dead man and
 * the restore are the real ones, all other steps do nothing. Small enough to be done again for each
 * of its system calls, as a program of its own.
 */
final class InterruptedUpgrade {
  private static final UUID ID = UUID.fromString("0b8ff3b5-9c1c-4b62-8b3a-0c2f6f6a3c11");
  private static final String STATE_FILE = "version.txt";
  private static final int LOOKS = 100;
  private final Path home;
  private final Clock clock;
  private final HostPaths paths;
  private final Journals journals;
  private final StepInput input;

  private InterruptedUpgrade(Path home, Clock clock) {
    this.home = home;
    this.clock = clock;
    this.paths = new HostPaths(home.resolve("state"));
    this.journals = new Journals(paths);
    this.input = input(checkout());
  }

  static InterruptedUpgrade in(Path home) {
    return new InterruptedUpgrade(home, Clock.systemDefaultZone());
  }

  /** The same by another clock, which names what is kept. */
  InterruptedUpgrade by(Clock another) {
    return new InterruptedUpgrade(home, another);
  }

  private Map<Step, HostStep> steps() {
    Map<Step, HostStep> steps = new EnumMap<>(Step.class);
    for (Step step : Step.values()) {
      steps.put(step, (of, context) -> StepResult.of(step.activity()));
    }
    steps.put(Step.RESTORE_DATABASE, new RestoreDatabase(clock));
    return steps;
  }

  private static StepInput input(Path checkout) {
    AppProfile profile =
        new AppProfile(
            null,
            "db/pocket.db",
            List.of(STATE_FILE),
            List.of("{slug}-api"),
            null,
            null,
            List.of(new HealthCheck("http://127.0.0.1:1/", 200, null, null)),
            null,
            null,
            null);
    Tenant tenant =
        new Tenant(
            new Slug("acme"),
            "cbapp",
            new HostName("local"),
            checkout.toString(),
            null,
            Map.of(),
            Map.of());
    CommitId old = CommitId.of("1".repeat(40));
    CommitId next = CommitId.of("2".repeat(40));
    Tag tag = new Tag("v0.3.0");
    return new StepInput(
        new UpgradePlan(
            ID, UpgradePlan.PROTOCOL, tenant, profile, tag, next, UpgradeOptions.DEFAULTS, "test"),
        new Deployed("v0.2.0", new Tag("v0.2.0"), old, profile, true, List.of(), List.of()),
        new Release(tag, next, profile, List.of()),
        Direction.FORWARD);
  }

  Path checkout() {
    return home.resolve("acme");
  }

  Path database() {
    return checkout().resolve("db").resolve("pocket.db");
  }

  Path stateFile() {
    return checkout().resolve(STATE_FILE);
  }

  /** Up to where the migrations begin. */
  void begin() {
    Journal journal = journals.create(input);
    journal.intent(Step.STOP_SERVICES, Direction.FORWARD);
    journal.done(Step.STOP_SERVICES, Direction.FORWARD, StepResult.of("stopped"));
    journal.intent(Step.BACK_UP_DATABASE, Direction.FORWARD);
    StepContext context =
        new StepContext(
            paths,
            Cancellation.NEVER,
            CommandRunner.withoutLock(Cancellation.NEVER),
            new JournalNotes(journal));
    StepResult done = new BackUpDatabase(clock).run(input, context);
    journal.done(Step.BACK_UP_DATABASE, Direction.FORWARD, done);
    journal.intent(Step.RUN_MIGRATIONS, Direction.FORWARD);
  }

  private record JournalNotes(Journal journal) implements StepContext.Notes {
    @Override
    public void put(String key, String value) {
      journal.note(key, value);
    }

    @Override
    public Optional<String> get(String key) {
      return journal.state().note(key);
    }
  }

  /** As the host does it by itself; goes on where an earlier run was cut off. */
  void turnBack() {
    TenantLocks locks = new TenantLocks(paths);
    HostConfiguration host =
        new HostConfiguration(
            input.plan().tenant().host(),
            paths.state(),
            List.of(home),
            null,
            null,
            0,
            Duration.ZERO);
    Cutover cutover =
        new Cutover(
            paths,
            journals,
            locks,
            new Territory(host),
            steps(),
            new Fingerprint(of -> "code", of -> "set", of -> "database"),
            of -> {},
            of -> {},
            (of, journal) -> List.of("look"),
            () -> false,
            List.of());
    Presence presence = new Presence(Clock.systemUTC());
    DeadMan deadMan = new DeadMan(cutover, journals, locks, presence, host);
    // Within the tick of a clock in which it was begun, even a lease of nothing is not over.
    for (int look = 0; look < LOOKS && !journals.unsettled().isEmpty(); look++) {
      deadMan.look().join();
    }
    if (!journals.unsettled().isEmpty()) {
      throw new IllegalStateException("not settled");
    }
  }

  /** Turns back what was begun in a directory. */
  public static void main(String[] arguments) {
    in(Path.of(arguments[0])).turnBack();
    System.exit(0);
  }
}
