package dev.uplift.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.faults.FaultCase.Body;
import dev.uplift.faults.Moments.Moment;
import dev.uplift.host.Cancellation;
import dev.uplift.journal.JournalEntry.Event;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.sandbox.Upstream;
import dev.uplift.scenario.Apps;
import dev.uplift.scenario.Eventually;
import dev.uplift.scenario.HostFacts;
import dev.uplift.scenario.TenantFacts;
import dev.uplift.scenario.World;
import dev.uplift.scenario.World.EngineKind;
import dev.uplift.service.UnitName;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Step;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * What goes wrong between the first service stopped and the new code in its place. Each tenant is
 * there for one thing: a service that is deaf, a large database, a release of many files.
 */
@Tag("faults")
class CutoverFaultsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long MEBIBYTE = 1L << 20;
  private static final int BALLAST_MEBIBYTES = 32;

  /** Enough for that database and all that an upgrade asks for beside it. */
  private static final String DISK = "768M";

  private static final String FAILS = "v0.4.0-fails";
  private static final String FAIL = "raise SystemExit('no licence')";

  /** Of many files, and its migration fails: all that was checked out has to go again. */
  private static final String LARGE_FAILS = "v0.4.0-large";

  private static final String LARGE = "v0.5.0";
  private static final int DIRECTORIES = 50;
  private static final int FILES = 3_000;

  /** A service that ignores SIGTERM and keeps what it wrote in the WAL. */
  private static final String DEAF =
      """
      import os
      import runpy
      import sqlite3
      import sys

      database = sqlite3.connect("db/pocket.db", isolation_level=None, timeout=30)
      database.execute("PRAGMA wal_autocheckpoint = 0")
      database.execute("INSERT INTO person (name, email) VALUES ('written-to-wal', 'wal@example.org')")
      sys.path.insert(0, os.path.abspath("services"))
      runpy.run_path("services/api.py", run_name="__main__")
      """;

  @TempDir static Path directory;
  private static World world;
  private static int releases;

  private static final List<Injected> ALL = all();

  private static List<Injected> all() {
    List<Injected> all = new ArrayList<>();
    all.add(failure(14, "a deaf service, killed with its WAL", "success", CutoverFaultsIT::deaf));
    all.add(kill(15, "while a deaf service stops", "success", CutoverFaultsIT::killedInStop));
    all.add(
        failure(16, "a process that cannot be ended", "rolled_back", CutoverFaultsIT::unkillable));
    all.add(
        failure(
            16, "a unit that is missing", "rejected, unit_missing", CutoverFaultsIT::unitMissing));
    all.add(
        failure(
            17,
            "a stranger has the database open",
            "rolled_back, stop_failed",
            CutoverFaultsIT::stranger));
    all.add(kill(19, "in the middle of the copy", "success", CutoverFaultsIT::killedInBackup));
    all.add(
        failure(
            20,
            "no room for the copy",
            "rolled_back, disk_full",
            CutoverFaultsIT::noRoomForBackup));
    all.add(
        failure(
            20,
            "a disk that does not write",
            "rolled_back",
            () -> tampered("error=EIO", "Input/output error")));
    all.add(powerCut("after the copy has its name", "success", CutoverFaultsIT::cutBeforeDone));
    all.add(
        powerCut(
            "after the backup is done, which is needed then",
            "rolled_back",
            CutoverFaultsIT::cutAfterDone));
    all.add(unwritten("a copy that misses its beginning", "1..3"));
    all.add(unwritten("a copy that misses a part", "9"));
    all.add(unwritten("a copy of which there is only the end", "1.." + BALLAST_MEBIBYTES));
    all.add(failure(23, "a backup of that name is there", "success", CutoverFaultsIT::nameTaken));
    all.add(
        kill(
            24,
            "when the index is locked",
            "rolled_back",
            () -> killedInCheckout(LARGE_FAILS, ".git/index.lock")));
    for (int part = 1; part < 9; part++) {
      String place = "static/%02d".formatted(part * DIRECTORIES / 9);
      all.add(
          kill(
              24,
              "when the checkout has come to " + place,
              "rolled_back",
              () -> killedInCheckout(LARGE_FAILS, place)));
    }
    all.add(
        kill(
            24,
            "in the middle of a checkout that is to stay",
            "success",
            () -> killedInCheckout(LARGE, "static/25")));
    return all;
  }

  static Stream<FaultCase> cases() {
    return Injected.cases(ALL);
  }

  private static Injected failure(int row, String fault, String expected, Body body) {
    return new Injected(FaultMatrix.row(row).with(Injection.FAILURE, fault, expected), body);
  }

  private static Injected kill(int row, String fault, String expected, Body body) {
    return new Injected(FaultMatrix.row(row).with(Injection.KILL, fault, expected), body);
  }

  /** Some of the writes of a mebibyte each do nothing, and say that they did. */
  private static Injected unwritten(String fault, String which) {
    return failure(
        22,
        fault,
        "rolled_back",
        () ->
            tampered(
                "retval=%d:when=%s".formatted(MEBIBYTE, which),
                "The copy of the database differs from the database."));
  }

  private static Injected powerCut(String fault, String expected, Body body) {
    return new Injected(FaultMatrix.row(21).with(Injection.POWER_CUT, fault, expected), body);
  }

  @BeforeAll
  static void startWorld() throws Exception {
    EngineKind kind =
        EngineKind.DEV_SERVER.isAvailable() ? EngineKind.DEV_SERVER : EngineKind.EMBEDDED;
    world =
        World.start(
            directory,
            kind,
            sandbox ->
                sandbox.tenants(4).rows(100).timeout("health_window", "1s").timeout("stop", "3s"));
    Apps apps = new Apps(world.calls());
    apps.addUnrehearsed("unrehearsed");
    Told.addRelease(upstream(), FAILS, FAIL, Map.of());
    Told.addRelease(upstream(), LARGE_FAILS, FAIL, manyFiles());
    Told.addRelease(upstream(), LARGE, "", manyFiles());
    for (SandboxTenant tenant : world.sandbox().tenants()) {
      apps.use(tenant, "unrehearsed");
    }
    makeDeaf(deafTenant());
    addBallast(largeTenant());
  }

  @AfterAll
  static void endWorld() {
    if (world != null) {
      world.close();
    }
  }

  @TestFactory
  Stream<DynamicTest> inTheCutover() {
    return Injected.tests(ALL);
  }

  private static SandboxTenant ordinaryTenant() {
    return world.sandbox().tenants().get(0);
  }

  private static SandboxTenant deafTenant() {
    return world.sandbox().tenants().get(1);
  }

  private static SandboxTenant largeTenant() {
    return world.sandbox().tenants().get(2);
  }

  private static SandboxTenant tenantOfManyFiles() {
    return world.sandbox().tenants().get(3);
  }

  private static Upstream upstream() {
    return world.sandbox().upstream();
  }

  private static Map<String, String> manyFiles() {
    Map<String, String> files = new HashMap<>();
    for (int i = 0; i < FILES; i++) {
      files.put(
          "static/%02d/page-%04d.html".formatted(i % DIRECTORIES, i), "<p>page " + i + "</p>\n");
    }
    return files;
  }

  /** A release that is above all others so far. */
  private static String next() {
    String tag = "v0.3." + ++releases;
    Told.addRelease(upstream(), tag, "", Map.of());
    return tag;
  }

  private static Aftermath before(SandboxTenant tenant) throws Exception {
    Told.forget(tenant);
    return Aftermath.before(Machine.of(world), tenant).toldTo(Told.of(tenant));
  }

  private static String start(SandboxTenant tenant, String tag) throws Exception {
    return world.calls().startUpgrade(tenant.id().value(), "{\"target_version\":\"" + tag + "\"}");
  }

  private static JournalWatch watch(SandboxTenant tenant, String location) {
    return new JournalWatch(world.calls(), new HostFacts(world.sandbox(), tenant), location);
  }

  private static Moment begun(Step step) {
    return new Moment(Event.INTENT, step, Direction.FORWARD);
  }

  // Stop

  private static void makeDeaf(SandboxTenant tenant) throws Exception {
    Path program = Files.writeString(directory.resolve("deaf.py"), DEAF);
    Files.writeString(
        world.sandbox().definitions().resolve(tenant.apiUnit() + ".yml"),
        """
        run: [sh, -c, "trap '' TERM; exec venv/bin/python %s"]
        directory: %s
        """
            .formatted(program, tenant.path()));
    restart(tenant.apiUnit());
    Eventually.within(PATIENCE, "it is healthy", () -> TenantFacts.isHealthy(tenant));
  }

  private static void restart(UnitName unit) {
    world.sandbox().services().stop(unit, Duration.ofSeconds(5));
    world.sandbox().services().start(unit, PATIENCE, Cancellation.NEVER);
  }

  private static Path walOf(SandboxTenant tenant) {
    return tenant.database().resolveSibling(tenant.database().getFileName() + "-wal");
  }

  private static String deaf() throws Exception {
    SandboxTenant tenant = deafTenant();
    Aftermath aftermath = before(tenant);
    assertThat(walOf(tenant)).as("what only the WAL has").isNotEmptyFile();
    long people = TenantFacts.people(tenant);
    String seen = aftermath.require(start(tenant, next()));
    // The new release's service, which is as deaf, adds one more.
    assertThat(TenantFacts.people(tenant)).isEqualTo(people + 1);
    return seen;
  }

  private static String killedInStop() throws Exception {
    SandboxTenant tenant = deafTenant();
    Aftermath aftermath = before(tenant);
    String location = start(tenant, next());
    watch(tenant, location).await(begun(Step.STOP_SERVICES));
    var services = world.sandbox().services();
    Eventually.within(
        PATIENCE,
        "one service is down and one is not",
        () ->
            !services.state(tenant.frontendUnit()).running()
                && services.state(tenant.apiUnit()).running());
    return killAndRequire(aftermath, tenant, location);
  }

  private static String killAndRequire(Aftermath aftermath, SandboxTenant tenant, String location)
      throws Exception {
    world.killWorker();
    String hit = watch(tenant, location).where();
    world.startWorker();
    return aftermath.require(location) + "; killed " + hit;
  }

  private static String unkillable() throws Exception {
    SandboxTenant tenant = ordinaryTenant();
    Aftermath aftermath = before(tenant);
    String location = start(tenant, FAILS);
    JsonNode ledger;
    try (TamperedCalls refused =
        TamperedCalls.of(
            world.workerPid(), "-e", "trace=kill", "-e", "inject=kill:error=EPERM:when=2+")) {
      watch(tenant, location).await(new Moment(Event.BACK, null, Direction.BACK));
    }
    ledger = aftermath.awaitEnd(location);
    assertThat(ledger.at("/report/failure/step").asText()).isEqualTo("StopServices");
    return aftermath.require(ledger);
  }

  private static String unitMissing() throws Exception {
    SandboxTenant tenant = ordinaryTenant();
    Aftermath aftermath = before(tenant);
    Path definition = world.sandbox().definitions().resolve(tenant.frontendUnit() + ".yml");
    Path aside = Files.move(definition, directory.resolve("aside.yml"));
    JsonNode ledger;
    try {
      ledger = aftermath.awaitEnd(start(tenant, FAILS));
    } finally {
      Files.move(aside, definition);
    }
    return aftermath.require(ledger);
  }

  private static String stranger() throws Exception {
    SandboxTenant tenant = ordinaryTenant();
    Aftermath aftermath = before(tenant);
    String location = start(tenant, FAILS);
    watch(tenant, location).await(new Moment(Event.DONE, Step.FETCH_RELEASE, Direction.FORWARD));
    Process stranger =
        new ProcessBuilder(
                "python3",
                "-c",
                "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]);"
                    + " db.execute('SELECT count(*) FROM person').fetchone(); sys.stdin.read()",
                tenant.database().toString())
            .start();
    JsonNode ledger;
    try {
      ledger = aftermath.awaitEnd(location);
    } finally {
      stranger.destroyForcibly().waitFor();
    }
    assertThat(ledger.at("/report/failure/evidence").asText())
        .contains(Long.toString(stranger.pid()));
    assertThat(ledger.at("/report/backup_path").asText("")).isEmpty();
    return aftermath.require(ledger);
  }

  // Backup

  private static void addBallast(SandboxTenant tenant) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + tenant.database());
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE ballast (bytes BLOB)");
      for (int i = 0; i < BALLAST_MEBIBYTES; i++) {
        statement.execute("INSERT INTO ballast VALUES (randomblob(1048576))");
      }
    }
  }

  private static Stream<Path> besideDatabase(SandboxTenant tenant) throws IOException {
    try (Stream<Path> files = Files.list(tenant.database().getParent())) {
      return files.toList().stream();
    }
  }

  /** Looks again and again without a pause worth the name. */
  private static void awaitExactly(String what, BooleanSupplier happened) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!happened.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("it did not come to pass: " + what);
      }
      LockSupport.parkNanos(100_000);
    }
  }

  private static String killedInBackup() throws Exception {
    SandboxTenant tenant = largeTenant();
    Aftermath aftermath = before(tenant);
    String location = start(tenant, next());
    watch(tenant, location).await(begun(Step.BACK_UP_DATABASE));
    awaitExactly("a part of the database is copied", () -> isHalfCopied(tenant));
    return killAndRequire(aftermath, tenant, location);
  }

  private static boolean isHalfCopied(SandboxTenant tenant) {
    try {
      return besideDatabase(tenant)
          .filter(file -> file.toString().endsWith(".tmp"))
          .anyMatch(file -> file.toFile().length() > 4 * MEBIBYTE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String noRoomForBackup() throws Exception {
    SandboxTenant tenant = largeTenant();
    Aftermath aftermath = before(tenant);
    try (SmallDisk disk = DiskInPlace.of(tenant.database().getParent(), directory, DISK)) {
      String location = start(tenant, FAILS);
      watch(tenant, location).await(begun(Step.STOP_SERVICES));
      disk.fillUpTo(8 * MEBIBYTE);
      JsonNode ledger = aftermath.awaitEnd(location);
      disk.makeRoom();
      return aftermath.require(ledger);
    }
  }

  /** The worker writes the copy as it should, but the kernel does something else. */
  private static String tampered(String injected, String told) throws Exception {
    SandboxTenant tenant = largeTenant();
    new Apps(world.calls()).use(tenant, "cbapp");
    Aftermath aftermath = before(tenant);
    // A copy that is not kept has a name that can be told before it is there.
    String request = "{\"target_version\":\"%s\",\"backup_db\":false}".formatted(next());
    String location = world.calls().startUpgrade(tenant.id().value(), request);
    String id = location.substring(location.lastIndexOf('/') + 1);
    String copy = tenant.database() + ".backup_until_commit_" + id + ".tmp";
    JsonNode ledger;
    try (TamperedCalls calls =
        TamperedCalls.of(
            world.workerPid(), "-P", copy, "-e", "trace=write", "-e", "inject=write:" + injected)) {
      assertThat(new HostFacts(world.sandbox(), tenant).openJournals())
          .as("traced before the cutover")
          .isEmpty();
      ledger = aftermath.awaitEnd(location);
    } finally {
      new Apps(world.calls()).use(tenant, "unrehearsed");
    }
    assertThat(ledger.at("/report/failure/step").asText()).isEqualTo("BackUpDatabase");
    assertThat(ledger.at("/report/failure").toString()).contains(told);
    return aftermath.require(ledger);
  }

  private static String cutBeforeDone() throws Exception {
    SandboxTenant tenant = largeTenant();
    Aftermath aftermath = before(tenant);
    try (SmallDisk disk = DiskInPlace.of(tenant.database().getParent(), directory, DISK)) {
      String location = start(tenant, next());
      watch(tenant, location).await(begun(Step.BACK_UP_DATABASE));
      awaitExactly("the copy has its name", () -> hasNewBackup(tenant));
      return cutAndRequire(disk, aftermath, tenant, location);
    }
  }

  private static boolean hasNewBackup(SandboxTenant tenant) {
    try {
      return besideDatabase(tenant)
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("pocket\\.db\\.backup_\\d{8}_\\d{6}"))
          .anyMatch(name -> !Files.exists(tenant.database().resolveSibling(name + ".json")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String cutAfterDone() throws Exception {
    SandboxTenant tenant = largeTenant();
    Aftermath aftermath = before(tenant);
    try (SmallDisk disk = DiskInPlace.of(tenant.database().getParent(), directory, DISK)) {
      String location = start(tenant, FAILS);
      watch(tenant, location)
          .await(new Moment(Event.DONE, Step.BACK_UP_DATABASE, Direction.FORWARD));
      return cutAndRequire(disk, aftermath, tenant, location);
    }
  }

  private static String cutAndRequire(
      SmallDisk disk, Aftermath aftermath, SandboxTenant tenant, String location) throws Exception {
    world.killWorker();
    String hit = watch(tenant, location).where();
    disk.cutPower();
    world.startWorker();
    return aftermath.require(location) + "; cut off " + hit;
  }

  private static String nameTaken() throws Exception {
    SandboxTenant tenant = ordinaryTenant();
    DateTimeFormatter format = DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss");
    List<Path> taken = new ArrayList<>();
    for (int second = 0; second < 60; second++) {
      String time = format.format(LocalDateTime.now().plusSeconds(second));
      Path name = tenant.database().resolveSibling("pocket.db.backup_" + time);
      taken.add(Files.writeString(name, "of an earlier upgrade"));
    }
    Aftermath aftermath = before(tenant);
    String seen = aftermath.require(start(tenant, next()));
    assertThat(taken).allSatisfy(file -> assertThat(file).hasContent("of an earlier upgrade"));
    assertThat(besideDatabase(tenant).map(file -> file.getFileName().toString()))
        .anyMatch(name -> name.matches("pocket\\.db\\.backup_\\d{8}_\\d{6}_2"));
    for (Path file : taken) {
      Files.delete(file);
    }
    return seen;
  }

  // Switch

  private static String killedInCheckout(String tag, String place) throws Exception {
    SandboxTenant tenant = tenantOfManyFiles();
    Aftermath aftermath = before(tenant);
    String location = start(tenant, tag);
    watch(tenant, location).await(begun(Step.CHECK_OUT_RELEASE));
    Path file = tenant.path().resolve(place);
    awaitExactly(place + " is there", () -> Files.exists(file));
    world.killWorker();
    boolean locked = Files.exists(tenant.path().resolve(".git/index.lock"));
    String hit = watch(tenant, location).where();
    world.startWorker();
    String seen = aftermath.require(location);
    return seen + "; killed " + hit + (locked ? ", with the index locked" : "");
  }
}
