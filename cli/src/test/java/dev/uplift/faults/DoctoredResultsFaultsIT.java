package dev.uplift.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.sandbox.TenantClient;
import dev.uplift.scenario.Apps;
import dev.uplift.scenario.TenantFacts;
import dev.uplift.scenario.World;
import dev.uplift.scenario.World.EngineKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is said to be good is made bad, in one way each: {@link Aftermath} has to notice. A harness
 * that cannot fail proves nothing.
 */
@Tag("faults")
@Timeout(120)
class DoctoredResultsFaultsIT {
  private static final String NEW = "v0.3.1-told";
  private static final String RAISES = "v0.3.2-told-raises";

  @TempDir static Path directory;
  private static World world;
  private static Upgraded succeeded;
  private static Upgraded turnedBack;

  /** A tenant after an upgrade that went as it should. */
  private record Upgraded(SandboxTenant tenant, Aftermath aftermath, JsonNode ledger) {
    List<String> problems() throws Exception {
      return aftermath.problems(ledger);
    }
  }

  @BeforeAll
  static void upgradeTwoTenants() throws Exception {
    world =
        World.start(
            directory,
            EngineKind.EMBEDDED,
            sandbox -> sandbox.tenants(2).rows(50).timeout("health_window", "300ms"));
    Told.addRelease(world.sandbox().upstream(), NEW, "", Map.of());
    Told.addRelease(world.sandbox().upstream(), RAISES, "raise SystemExit(1)", Map.of());
    Apps apps = new Apps(world.calls());
    apps.addUnrehearsed("unrehearsed");
    apps.use(world.sandbox().tenant("acme"), "unrehearsed");
    succeeded = upgrade(world.sandbox().tenant("testsite"), NEW);
    turnedBack = upgrade(world.sandbox().tenant("acme"), RAISES);
  }

  private static Upgraded upgrade(SandboxTenant tenant, String tag) throws Exception {
    try (TenantClient client = new TenantClient(tenant)) {
      Aftermath aftermath =
          Aftermath.before(Machine.of(world), tenant).writtenBy(client).toldTo(Told.of(tenant));
      client.writeEvery(Duration.ofMillis(20));
      String location =
          world.calls().startUpgrade(tenant.id().value(), "{\"target_version\":\"" + tag + "\"}");
      return new Upgraded(tenant, aftermath, aftermath.awaitEnd(location));
    }
  }

  @AfterAll
  static void endWorld() {
    if (world != null) {
      world.close();
    }
  }

  @Test
  void theUndoctoredResultsAreGood() throws Exception {
    assertThat(succeeded.aftermath().require(succeeded.ledger())).isEqualTo("success, " + NEW);
    assertThat(turnedBack.aftermath().require(turnedBack.ledger()))
        .isEqualTo("rolled_back, migration_failed");
  }

  @Test
  void aRowThatWasAcknowledgedAndIsGone() throws Exception {
    for (Upgraded upgraded : List.of(succeeded, turnedBack)) {
      String first = "(SELECT min(id) FROM person WHERE name LIKE 'written-%')";
      doctored(
          upgraded,
          () ->
              sql(
                  upgraded.tenant().database(),
                  "UPDATE person SET name = 'lost-' || name WHERE id = " + first),
          () ->
              sql(
                  upgraded.tenant().database(),
                  "UPDATE person SET name = substr(name, 6) WHERE name LIKE 'lost-%'"),
          "rows are lost");
    }
  }

  @Test
  void aRowOfBeforeThatIsChanged() throws Exception {
    for (Upgraded upgraded : List.of(succeeded, turnedBack)) {
      String row = " WHERE name = 'Person 7 of " + upgraded.tenant().id() + "'";
      doctored(
          upgraded,
          () -> sql(upgraded.tenant().database(), "UPDATE person SET email = 'x'" + row),
          () ->
              sql(
                  upgraded.tenant().database(),
                  "UPDATE person SET email = 'person7@"
                      + upgraded.tenant().id()
                      + ".example'"
                      + row),
          "the database should be");
    }
  }

  @Test
  void anOldDatabaseUnderTheNewCode() throws Exception {
    Path database = succeeded.tenant().database();
    doctored(
        succeeded,
        () -> sql(database, "ALTER TABLE mark RENAME TO marked"),
        () -> sql(database, "ALTER TABLE marked RENAME TO mark"),
        "the database should be");
  }

  @Test
  void aMigratedDatabaseUnderTheOldCode() throws Exception {
    Path database = turnedBack.tenant().database();
    doctored(
        turnedBack,
        () -> sql(database, "CREATE TABLE mark (number INTEGER)"),
        () -> sql(database, "DROP TABLE mark"),
        "the database should be");
  }

  @Test
  void aLockOfGitThatIsLeft() throws Exception {
    withFile(succeeded, ".git/index.lock", "", ".git/index.lock is left");
  }

  @Test
  void aScriptThatNobodyHad() throws Exception {
    withFile(turnedBack, "scripts/add_more.py", "", "files are left in the checkout");
  }

  @Test
  void aTrackedFileThatIsChanged() throws Exception {
    Path file = turnedBack.tenant().path().resolve("VERSION");
    byte[] content = Files.readAllBytes(file);
    doctored(
        turnedBack,
        () -> Files.writeString(file, "v9"),
        () -> Files.write(file, content),
        "git status should be");
  }

  @Test
  void aFileOfTheTenantThatIsGone() throws Exception {
    Path file = succeeded.tenant().path().resolve(".env");
    byte[] content = Files.readAllBytes(file);
    doctored(succeeded, () -> Files.delete(file), () -> Files.write(file, content), ".env is gone");
  }

  @Test
  void aFileThatCouldBeTakenForABackup() throws Exception {
    withFile(succeeded, "db/pocket.db.backup_20260101_000000", "", "has no manifest");
    withFile(
        succeeded, "db/pocket.db.backup_20260101_000000.tmp", "", "is left beside the database");
    withFile(turnedBack, "db/pocket.db.failed_20260101_000000", "", "does not know of it");
    withFile(turnedBack, "db/pocket.db-journal", "", "is left beside the database");
  }

  @Test
  void aBackupThatIsNotWhatItWas() throws Exception {
    Path backup = Path.of(succeeded.ledger().at("/report/backup_path").asText());
    byte[] content = Files.readAllBytes(backup);
    doctored(
        succeeded,
        () -> Files.write(backup, new byte[0]),
        () -> Files.write(backup, content),
        "is not what its manifest says");
  }

  @Test
  void anotherOwnerOrMode() throws Exception {
    Path database = succeeded.tenant().database();
    doctored(
        succeeded,
        () -> Files.setAttribute(database, "unix:uid", 65_534),
        () -> Files.setAttribute(database, "unix:uid", 0),
        "the database's owner and mode");
    Path script = turnedBack.tenant().path().resolve(".env");
    var mode = Files.getPosixFilePermissions(script);
    doctored(
        turnedBack,
        () -> Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rw-rw-rw-")),
        () -> Files.setPosixFilePermissions(script, mode),
        "owner and mode of .env");
  }

  @Test
  void aFileOfTheDependenciesThatIsAnother() throws Exception {
    Path file = turnedBack.tenant().path().resolve("venv/pyvenv.cfg");
    byte[] content = Files.readAllBytes(file);
    doctored(
        turnedBack,
        () -> Files.writeString(file, "home = /nowhere\n"),
        () -> Files.write(file, content),
        "the dependencies should be");
  }

  @Test
  void aServiceThatDoesNotRun() throws Exception {
    var unit = turnedBack.tenant().frontendUnit();
    doctored(
        turnedBack,
        () -> world.sandbox().services().stop(unit, Duration.ofSeconds(5)),
        () -> world.sandbox().services().start(unit),
        "the services were");
  }

  @Test
  void aGuardThatIsLeft() throws Exception {
    Path guard = world.sandbox().state().resolve("guard").resolve("acme-api");
    doctored(
        turnedBack,
        () -> Files.writeString(guard, "left"),
        () -> Files.delete(guard),
        "acme-api is guarded");
  }

  @Test
  void aProcessThatIsLeft() throws Exception {
    Process[] stray = new Process[1];
    doctored(
        turnedBack,
        () ->
            stray[0] =
                new ProcessBuilder("sleep", "100")
                    .directory(turnedBack.tenant().path().resolve("scripts").toFile())
                    .start(),
        () -> stray[0].destroyForcibly().waitFor(),
        "sleep 100");
  }

  @Test
  void aJournalThatSaysSomethingElse() throws Exception {
    Path journal =
        world
            .sandbox()
            .state()
            .resolve("tenants/acme/journal/closed")
            .resolve(turnedBack.ledger().get("upgrade_id").asText() + ".jsonl");
    String content = Files.readString(journal);
    doctored(
        turnedBack,
        () -> Files.writeString(journal, content.replace("\"RESTORED\"", "\"COMMITTED\"")),
        () -> Files.writeString(journal, content),
        "the journal says");
    doctored(
        turnedBack,
        () -> Files.delete(journal),
        () -> Files.writeString(journal, content),
        "the journal says []");
  }

  @Test
  void aReportThatSaysSomethingElse() throws Exception {
    ObjectNode success = turnedBack.ledger().deepCopy();
    success.put("status", "success");
    assertThat(turnedBack.aftermath().problems(success))
        .anyMatch(problem -> problem.contains("the ledger says success"));
    ((ObjectNode) success.get("report")).put("status", "success").put("new_version", NEW);
    assertThat(turnedBack.aftermath().problems(success))
        .anyMatch(problem -> problem.contains("the commit should be"))
        .anyMatch(problem -> problem.contains("the journal says"));
    ObjectNode held = turnedBack.ledger().deepCopy();
    held.put("status", "needs_attention");
    assertThat(turnedBack.aftermath().problems(held))
        .anyMatch(problem -> problem.contains("there is no runbook"));
  }

  @Test
  void aMigrationThatRanTwice() throws Exception {
    Path told = succeeded.tenant().path().resolveSibling("testsite.told");
    String content = Files.readString(told);
    assertThat(content.lines()).containsExactly("begun", "ended");
    doctored(
        succeeded,
        () -> Files.writeString(told, content + "again\nended\n"),
        () -> Files.writeString(told, content),
        "a migration ran twice");
  }

  @Test
  void anOldReleaseThatIsOnlyHalfThere() throws Exception {
    SandboxTenant tenant = turnedBack.tenant();
    String before = TenantFacts.of(tenant).commit();
    git(tenant, "update-ref", "--no-deref", "HEAD", world.sandbox().upstream().commitOf("v0.1.0"));
    try {
      assertThat(turnedBack.problems()).anyMatch(line -> line.contains("the commit should be"));
    } finally {
      git(tenant, "update-ref", "--no-deref", "HEAD", before);
    }
  }

  private interface Act {
    void run() throws Exception;
  }

  /** Requires that the problem is noticed, and undoes it for the other tests. */
  private static void doctored(Upgraded upgraded, Act act, Act undo, String problem)
      throws Exception {
    act.run();
    try {
      assertThat(upgraded.problems()).anyMatch(line -> line.contains(problem));
    } finally {
      undo.run();
    }
  }

  private static void withFile(Upgraded upgraded, String path, String content, String problem)
      throws Exception {
    Path file = upgraded.tenant().path().resolve(path);
    doctored(upgraded, () -> Files.writeString(file, content), () -> Files.delete(file), problem);
  }

  private static void sql(Path database, String statement) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement change = connection.createStatement()) {
      change.execute(statement);
    }
  }

  private static void git(SandboxTenant tenant, String... words)
      throws IOException, InterruptedException {
    List<String> command =
        Stream.concat(Stream.of("git", "-C", tenant.path().toString()), Stream.of(words)).toList();
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }
}
