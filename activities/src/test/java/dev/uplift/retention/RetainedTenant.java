package dev.uplift.retention;

import dev.uplift.backup.StoredKind;
import dev.uplift.command.CommandRunner;
import dev.uplift.database.BackUpDatabase;
import dev.uplift.database.RestoreDatabase;
import dev.uplift.host.Cancellation;
import dev.uplift.host.HostConfiguration;
import dev.uplift.host.HostPaths;
import dev.uplift.host.StepContext;
import dev.uplift.journal.Journal;
import dev.uplift.journal.Journals;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.DependencySpec;
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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A tenant with a real database, and upgrades of it as far as they leave something behind. */
final class RetainedTenant {
  static final Slug ACME = Slug.of("acme");
  final Path home;
  final Path checkout;
  final Path database;
  final Journals journals;
  private UpgradeOptions options = UpgradeOptions.DEFAULTS;
  private int rows;

  RetainedTenant(Path home) throws Exception {
    this.home = home;
    this.checkout = home.resolve("srv/acme");
    this.database = checkout.resolve("db/pocket.db");
    this.journals = new Journals(paths());
    Files.createDirectories(database.getParent());
    sql("CREATE TABLE IF NOT EXISTS person (id INTEGER PRIMARY KEY, name TEXT)");
  }

  /** From now on upgrades are told to keep no backup. */
  void keepNoBackups() {
    options = new UpgradeOptions(false, true, false, null);
  }

  HostConfiguration configuration() {
    return new HostConfiguration(
        HostName.of("one"),
        home.resolve("state"),
        List.of(home.resolve("srv")),
        null,
        null,
        0,
        null);
  }

  HostPaths paths() {
    return new HostPaths(home.resolve("state"));
  }

  Tenant tenant() {
    return new Tenant(ACME, "cbapp", HostName.of("one"), checkout.toString(), null, null, null);
  }

  AppProfile profile() {
    return new AppProfile(
        null,
        "db/pocket.db",
        List.of(),
        List.of("{slug}-api"),
        List.of(new DependencySpec.Python("requirements.txt", "venv")),
        null,
        List.of(new HealthCheck("http://127.0.0.1:1/", 200, null, null)),
        null,
        null,
        null);
  }

  void sql(String... statements) throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** An upgrade that was a success at that time. */
  UUID succeeded(Instant at) throws Exception {
    Journal journal = begun(at);
    journal.committed(StepResult.of("healthy"));
    journals.close(journal);
    return idOf(journal);
  }

  /** An upgrade that migrated the database at that time, and was turned back. */
  UUID turnedBack(Instant at) throws Exception {
    Journal journal = begun(at);
    sql("INSERT INTO person(name) VALUES ('migrated')");
    StepInput input = journal.state().input();
    new RestoreDatabase(clock(at)).run(input.back(), context(journal));
    journal.turnBack("workflow");
    journal.restored();
    journals.close(journal);
    return idOf(journal);
  }

  /** An upgrade that is in cutover. */
  Journal begun(Instant at) throws Exception {
    sql("INSERT INTO person(name) VALUES ('user %d')".formatted(rows++));
    Journal journal = journals.create(input(UUID.randomUUID()));
    journal.intent(Step.BACK_UP_DATABASE, Direction.FORWARD);
    StepResult result =
        new BackUpDatabase(clock(at)).run(journal.state().input(), context(journal));
    journal.done(Step.BACK_UP_DATABASE, Direction.FORWARD, result);
    return journal;
  }

  StepInput input(UUID upgrade) {
    UpgradePlan plan =
        new UpgradePlan(
            upgrade, UpgradePlan.PROTOCOL, tenant(), profile(), null, null, options, "test");
    CommitId old = CommitId.of("1".repeat(40));
    Tag tag = Tag.of("v0.2.0");
    return new StepInput(
        plan,
        new Deployed("v0.2.0", tag, old, profile(), true, null, null),
        new Release(Tag.of("v0.3.0"), CommitId.of("2".repeat(40)), profile(), null),
        Direction.FORWARD);
  }

  private StepContext context(Journal journal) {
    StepContext.Notes notes =
        new StepContext.Notes() {
          @Override
          public void put(String key, String value) {
            journal.note(key, value);
          }

          @Override
          public Optional<String> get(String key) {
            return journal.state().note(key);
          }
        };
    return new StepContext(
        paths(), Cancellation.NEVER, CommandRunner.withoutLock(Cancellation.NEVER), notes);
  }

  static UUID idOf(Journal journal) {
    return journal.state().input().plan().upgradeId();
  }

  static Clock clock(Instant at) {
    return Clock.fixed(at, ZoneOffset.UTC);
  }

  /** Everything by {@code count} and {@code days}, whatever its size. */
  static RetentionPolicy keeping(int count, int days) {
    Limits limits = new Limits(count, Duration.ofDays(days), Long.MAX_VALUE);
    return new RetentionPolicy(
        true,
        Stream.of(StoredKind.values()).collect(Collectors.toMap(kind -> kind, kind -> limits)));
  }

  /** The names of the files beside the database, without the database's own. */
  List<String> kept() throws IOException {
    try (Stream<Path> files = Files.list(database.getParent())) {
      return files
          .map(file -> file.getFileName().toString().replace("pocket.db.", ""))
          .filter(name -> !name.equals("pocket.db"))
          .sorted()
          .toList();
    }
  }
}
