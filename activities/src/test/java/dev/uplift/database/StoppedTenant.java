package dev.uplift.database;

import dev.uplift.command.CommandRunner;
import dev.uplift.host.Cancellation;
import dev.uplift.host.HostPaths;
import dev.uplift.host.StepContext;
import dev.uplift.host.TenantPaths;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.HealthCheck;
import dev.uplift.profile.OnLateWrites;
import dev.uplift.release.CommitId;
import dev.uplift.release.Tag;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.Deployed;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Release;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import dev.uplift.upgrade.UpgradeOptions;
import dev.uplift.upgrade.UpgradePlan;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/** A tenant's checkout with its database, and the steps that work on it. */
final class StoppedTenant {
  static final Clock CLOCK = Clock.fixed(Instant.parse("2025-12-11T22:57:56Z"), ZoneOffset.UTC);
  static final UUID UPGRADE = UUID.fromString("0b8ff3b5-9c1c-4b62-8b3a-0c2f6f6a3c11");
  private static final String PERSON =
      "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, team INTEGER)";
  final Path home;
  final TenantPaths paths;
  final FileNotes notes;
  private UpgradeOptions options = UpgradeOptions.DEFAULTS;
  private OnLateWrites onLateWrites = OnLateWrites.RESTORE;
  private List<String> state = List.of();

  private StoppedTenant(Path home) {
    this.home = home;
    Path checkout = home.resolve("acme");
    this.paths = new TenantPaths(checkout, checkout.resolve("db/pocket.db"));
    this.notes = new FileNotes(home.resolve("notes"));
  }

  /** With a database in this mode that holds the people 1 to 1000, properly closed. */
  static StoppedTenant create(Path home, JournalMode mode) throws IOException, SQLException {
    StoppedTenant tenant = at(home);
    Files.createDirectories(tenant.database().getParent());
    Files.createDirectories(tenant.notes.directory());
    tenant.sql(
        "PRAGMA journal_mode=" + mode.pragma(),
        "PRAGMA user_version=7",
        PERSON,
        "CREATE TABLE team (id INTEGER PRIMARY KEY)",
        people(1, 1000));
    return tenant;
  }

  static StoppedTenant at(Path home) {
    return new StoppedTenant(home);
  }

  static String people(int first, int last) {
    return "WITH RECURSIVE n(i) AS (VALUES(%d) UNION ALL SELECT i+1 FROM n WHERE i<%d)"
            .formatted(first, last)
        + " INSERT INTO person(id, name) SELECT i, 'old' FROM n";
  }

  StoppedTenant keepingNoBackup() {
    options = new UpgradeOptions(false, true, false, null);
    return this;
  }

  StoppedTenant withoutMigrations() {
    options = new UpgradeOptions(true, false, false, null);
    return this;
  }

  StoppedTenant holdingOnLateWrites() {
    onLateWrites = OnLateWrites.HOLD;
    return this;
  }

  StoppedTenant withState(String... files) {
    state = List.of(files);
    return this;
  }

  Path database() {
    return paths.database();
  }

  List<String> state() {
    return state;
  }

  StepResult backUp() {
    return new BackUpDatabase(CLOCK).run(input(), context());
  }

  StepResult restore() {
    return new RestoreDatabase(CLOCK).run(input().back(), context());
  }

  void rewind() {
    new RestoreDatabase(CLOCK).rewind(input(), context());
  }

  /** What is found beside its database. */
  StoredDatabases stored() {
    return stored(Set.of(UPGRADE));
  }

  /** The same, if no other upgrades than these are known to need no backup any more. */
  StoredDatabases stored(Set<UUID> needless) {
    return StoredDatabases.of(
        paths, Slug.of("acme"), notes.get(BackUpDatabase.BEGUN).stream().toList(), needless);
  }

  String identity() {
    return DatabaseIdentity.of(paths, state);
  }

  StepContext context() {
    return new StepContext(
        new HostPaths(home.resolve("state")),
        Cancellation.NEVER,
        CommandRunner.withoutLock(Cancellation.NEVER),
        notes);
  }

  StepInput input() {
    AppProfile profile =
        new AppProfile(
            null,
            "db/pocket.db",
            state,
            List.of("{slug}-api"),
            null,
            null,
            List.of(new HealthCheck("http://127.0.0.1:{api_port}/health", 200, null, null)),
            null,
            null,
            onLateWrites);
    Tenant tenant =
        new Tenant(
            Slug.of("acme"),
            "cbapp",
            HostName.of("local"),
            paths.checkout().toString(),
            null,
            null,
            null);
    UpgradePlan plan =
        new UpgradePlan(
            UPGRADE, UpgradePlan.PROTOCOL, tenant, profile, null, null, options, "test");
    CommitId old = CommitId.of("1".repeat(40));
    Tag tag = Tag.of("v0.2.0");
    Deployed from = new Deployed("v0.2.0", tag, old, profile, true, null, null);
    Release to = new Release(Tag.of("v0.3.0"), CommitId.of("2".repeat(40)), profile, null);
    return new StepInput(plan, from, to, Direction.FORWARD);
  }

  /** Runs statements as a properly closing program would. */
  void sql(String... statements) throws SQLException {
    sql(database(), statements);
  }

  static void sql(Path database, String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  String ask(String query) throws SQLException {
    return ask(database(), query);
  }

  static String ask(Path database, String query) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      return row.next() ? row.getString(1) : null;
    }
  }

  /**
   * Runs Python with {@code db} as an open connection in autocommit mode, and kills it when it has
   * printed a line.
   */
  void killedWriter(String... lines) throws IOException, InterruptedException {
    killedWriter(database(), lines);
  }

  static void killedWriter(Path database, String... lines)
      throws IOException, InterruptedException {
    Process writer = writer(database, lines);
    writer.destroyForcibly().waitFor();
  }

  /** Like {@link #killedWriter}, but it lives until the caller ends it. */
  static Process writer(Path database, String... lines) throws IOException {
    List<String> script = new ArrayList<>();
    script.add("import sqlite3, sys, time");
    script.add("db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)");
    script.addAll(List.of(lines));
    script.add("print('ready', flush=True)");
    script.add("sys.stdin.read()");
    Process child =
        new ProcessBuilder("python3", "-c", String.join("\n", script), database.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader output = child.inputReader();
    String line = output.readLine();
    if (!"ready".equals(line)) {
      child.destroyForcibly();
      throw new IOException("the writer said " + line);
    }
    return child;
  }

  /** The files beside the database, by name. */
  List<String> filesBeside() throws IOException {
    try (Stream<Path> files = Files.list(database().getParent())) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  boolean hasSidecar() {
    return new SqliteFile(database())
        .sidecars().stream().anyMatch(file -> Files.exists(file, LinkOption.NOFOLLOW_LINKS));
  }
}
