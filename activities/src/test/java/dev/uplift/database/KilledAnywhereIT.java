package dev.uplift.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.backup.StoredItem.State;
import dev.uplift.host.Cancellation;
import dev.uplift.proof.Kill;
import dev.uplift.proof.Strace;
import dev.uplift.proof.Template;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a step before its N-th system call that puts something on disk or changes a name. Each time
 * the database must be whole, and another run must end as if nothing had happened.
 */
class KilledAnywhereIT {
  private static final String PEOPLE =
      "SELECT count(*) || ' ' || group_concat(DISTINCT name) FROM person";
  private static final int FEW = 3;
  private static final int MANY = 12;
  @TempDir Path directory;
  private Path home;

  @BeforeEach
  void requireStrace() throws Exception {
    home = directory.resolve("home");
    Strace.assumeThere();
  }

  @Test
  void aKilledBackupIsDoneAgain() throws Exception {
    killBackups(FEW);
  }

  @Test
  void aKilledRestoreEndsWithTheOldDatabase() throws Exception {
    killRestores(FEW);
  }

  @Test
  void aKilledDeletionLeavesAWholeBackupOrALeftover() throws Exception {
    killDeletions(FEW);
  }

  @Test
  void aKilledReinstatementEndsWithTheEarlierDatabaseOrIsTurnedBack() throws Exception {
    killReinstatements(FEW);
  }

  @Test
  @Tag("full")
  void aDeletionMayBeKilledAtManySystemCalls() throws Exception {
    killDeletions(MANY);
  }

  @Test
  @Tag("full")
  void aReinstatementMayBeKilledAtManySystemCalls() throws Exception {
    killReinstatements(MANY);
  }

  @Test
  @Tag("full")
  void aBackupMayBeKilledAtManySystemCalls() throws Exception {
    killBackups(MANY);
  }

  @Test
  @Tag("full")
  void aRestoreMayBeKilledAtManySystemCalls() throws Exception {
    killRestores(MANY);
  }

  @Test
  @Tag("faults")
  void aBackupMayBeKilledAtEverySystemCall() throws Exception {
    killBackups(Kill.EVERYWHERE);
  }

  @Test
  @Tag("faults")
  void aRestoreMayBeKilledAtEverySystemCall() throws Exception {
    killRestores(Kill.EVERYWHERE);
  }

  private void killBackups(int kills) throws Exception {
    StoppedTenant tenant = killedService();
    Template template = keep("template");
    tenant.backUp();
    String before = tenant.identity();

    for (Kill kill : kills("backUp", template, kills)) {
      template.restore(home);
      kill.run();
      assertThat(people()).as("people after %s", kill).isEqualTo("1001 late,old");

      // Turning back and trying again must both be possible; each on a copy of what was left.
      Template left = keep("left");
      tenant.restore();
      assertThat(people()).as("people turned back after %s", kill).isEqualTo("1001 late,old");
      // Where nothing had been touched, what the service left in the WAL is still there.
      assertThat(tenant.ask(PEOPLE)).startsWith("1001");
      assertThat(tenant.identity()).as("turned back after %s", kill).isEqualTo(before);

      left.restore(home);
      var result = tenant.backUp();
      assertThat(result.facts().fingerprint()).as("backed up after %s", kill).isEqualTo(before);
      assertThat(tenant.identity()).as("identity after %s", kill).isEqualTo(before);
      assertThat(tenant.filesBeside())
          .as("files after %s", kill)
          .containsExactly(
              "pocket.db",
              "pocket.db.backup_20251211_225756",
              "pocket.db.backup_20251211_225756.json",
              "pocket.db.backup_20251211_225756.state");
      tenant.sql("DELETE FROM person");
      tenant.restore();
      assertThat(tenant.identity()).as("restored after %s", kill).isEqualTo(before);
    }
  }

  private void killRestores(int kills) throws Exception {
    StoppedTenant tenant = killedService();
    String before = tenant.backUp().facts().fingerprint();
    Path version = tenant.paths.checkout().resolve("version.txt");
    Files.writeString(version, "2");
    tenant.killedWriter(
        "db.execute('PRAGMA wal_autocheckpoint=0')",
        "db.execute(\"UPDATE person SET name='migrated'\")");
    Template template = keep("template");

    for (Kill kill : kills("restore", template, kills)) {
      template.restore(home);
      kill.run();
      assertThat(people()).as("people after %s", kill).isIn("1001 migrated", "1001 late,old");

      var result = tenant.restore();
      assertThat(tenant.identity()).as("identity after %s", kill).isEqualTo(before);
      Path failed = Path.of(result.facts().failedDatabase());
      assertThat(StoppedTenant.ask(failed, PEOPLE)).isEqualTo("1001 migrated");
      assertThat(tenant.filesBeside())
          .as("files after %s", kill)
          .containsExactly(
              "pocket.db",
              "pocket.db.backup_20251211_225756",
              "pocket.db.backup_20251211_225756.json",
              "pocket.db.backup_20251211_225756.state",
              "pocket.db.failed_20251211_225756",
              "pocket.db.failed_20251211_225756.json",
              "pocket.db.failed_20251211_225756.state");
      assertThat(version).hasContent("1");
    }
  }

  private void killDeletions(int kills) throws Exception {
    StoppedTenant tenant = killedService();
    tenant.backUp();
    Template template = keep("template");

    for (Kill kill : kills("delete", template, kills, 5)) {
      template.restore(home);
      kill.run();
      StoredDatabases stored = tenant.stored();
      for (StoredDatabase left : stored.list()) {
        assertThat(left.state()).as("after %s", kill).isIn(State.GOOD, State.LEFTOVER);
        if (left.state() == State.GOOD) {
          assertThat(stored.alteration(left, Cancellation.NEVER)).as("after %s", kill).isEmpty();
          assertThat(left.file().resolveSibling(left.name() + ".state/version.txt"))
              .as("after %s", kill)
              .hasContent("1");
        }
        assertThat(stored.delete(left)).as("deleted after %s", kill).isTrue();
      }
      assertThat(tenant.filesBeside()).as("files after %s", kill).containsExactly("pocket.db");
    }
  }

  private void killReinstatements(int kills) throws Exception {
    RolledBackTenant tenant = RolledBackTenant.create(home, JournalMode.WAL);
    String later = tenant.stopped().identity();
    String earlier = tenant.earlierIdentity();
    Template template = keep("template");

    for (Kill kill : kills("reinstate", template, kills)) {
      template.restore(home);
      kill.run();
      assertThat(people()).as("people after %s", kill).isIn("1001 late,old", "1000 old");

      Template left = keep("left");
      tenant.stopped().restore();
      assertThat(tenant.stopped().identity()).as("turned back after %s", kill).isEqualTo(later);
      assertThat(tenant.file("version.txt")).hasContent("2");
      assertThat(tenant.stopped().filesBeside())
          .as("files turned back after %s", kill)
          .noneMatch(name -> name.endsWith(".restoring") || name.endsWith(".tmp"));
      assertThat(tenant.file("version.txt.tmp")).doesNotExist();

      left.restore(home);
      tenant.reinstate();
      assertThat(tenant.stopped().identity()).as("done after %s", kill).isEqualTo(earlier);
      assertThat(tenant.file("version.txt")).hasContent("1");
      assertThat(tenant.file("new.txt")).doesNotExist();
      assertThat(tenant.stopped().filesBeside())
          .as("files after %s", kill)
          .containsExactly(
              "pocket.db",
              "pocket.db.backup_20251211_225756",
              "pocket.db.backup_20251211_225756.json",
              "pocket.db.backup_20251211_225756.state",
              "pocket.db.backup_20251211_225756_2",
              "pocket.db.backup_20251211_225756_2.json",
              "pocket.db.backup_20251211_225756_2.state");
    }
  }

  /** A tenant whose service was killed while its last write was in the WAL. */
  private StoppedTenant killedService() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL).withState("version.txt");
    Files.writeString(tenant.paths.checkout().resolve("version.txt"), "1");
    tenant.killedWriter("db.execute(\"INSERT INTO person(name) VALUES ('late')\")");
    return tenant;
  }

  /** What the application would see now, asked of a copy so that nothing is settled by asking. */
  private String people() throws Exception {
    Path copy = keep("seen").copy().resolve("acme/db/pocket.db");
    assertThat(StoppedTenant.ask(copy, "PRAGMA integrity_check")).isEqualTo("ok");
    return StoppedTenant.ask(
        copy, PEOPLE.replace("person", "(SELECT name FROM person ORDER BY 1)"));
  }

  private Template keep(String name) throws Exception {
    return Template.of(home, directory.resolve(name));
  }

  /** Every call of the step, or some of them spread over its whole length. */
  private List<Kill> kills(String step, Template template, int wanted) throws Exception {
    return kills(step, template, wanted, 20);
  }

  private List<Kill> kills(String step, Template template, int wanted, int atLeast)
      throws Exception {
    template.restore(home);
    List<Kill> kills =
        Kill.places(
            StepProcess.class,
            List.of(step, home.toString()),
            directory.resolve("strace.log"),
            call -> call.contains(home.toString()) || call.contains("sync("),
            wanted);
    assertThat(kills).hasSizeGreaterThan(Math.min(wanted - 1, atLeast));
    return kills;
  }
}
