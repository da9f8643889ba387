package dev.uplift.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.durable.Directories;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a step before its N-th system call that puts something on disk or changes a name. Each time
 * the database must be whole, and another run must end as if nothing had happened.
 */
class KilledAnywhereIT {
  private static final String CALLS =
      "trace=fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat";
  private static final String PEOPLE =
      "SELECT count(*) || ' ' || group_concat(DISTINCT name) FROM person";
  private static final int ALL = Integer.MAX_VALUE;
  private static final int FEW = 3;
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
  void aKilledReinstatementEndsWithTheEarlierDatabaseOrIsTurnedBack() throws Exception {
    killReinstatements(FEW);
  }

  @Test
  @Tag("full")
  void aReinstatementMayBeKilledAtEverySystemCall() throws Exception {
    killReinstatements(ALL);
  }

  @Test
  @Tag("full")
  void aBackupMayBeKilledAtEverySystemCall() throws Exception {
    killBackups(ALL);
  }

  @Test
  @Tag("full")
  void aRestoreMayBeKilledAtEverySystemCall() throws Exception {
    killRestores(ALL);
  }

  private void killBackups(int kills) throws Exception {
    StoppedTenant tenant = killedService();
    Path template = keepTemplate();
    tenant.backUp();
    String before = tenant.identity();

    for (Kill kill : kills("backUp", template, kills)) {
      reset(template);
      kill.run(home);
      assertThat(people()).as("people after %s", kill).isEqualTo("1001 late,old");

      // Turning back and trying again must both be possible; each on a copy of what was left.
      Path left = keep(home, "left");
      tenant.restore();
      assertThat(people()).as("people turned back after %s", kill).isEqualTo("1001 late,old");
      // Where nothing had been touched, what the service left in the WAL is still there.
      assertThat(tenant.ask(PEOPLE)).startsWith("1001");
      assertThat(tenant.identity()).as("turned back after %s", kill).isEqualTo(before);

      reset(left);
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
    Path template = keepTemplate();

    for (Kill kill : kills("restore", template, kills)) {
      reset(template);
      kill.run(home);
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
              "pocket.db.failed_20251211_225756.state");
      assertThat(version).hasContent("1");
    }
  }

  private void killReinstatements(int kills) throws Exception {
    RolledBackTenant tenant = RolledBackTenant.create(home, JournalMode.WAL);
    String later = tenant.stopped().identity();
    String earlier = tenant.earlierIdentity();
    Path template = keepTemplate();

    for (Kill kill : kills("reinstate", template, kills)) {
      reset(template);
      kill.run(home);
      assertThat(people()).as("people after %s", kill).isIn("1001 late,old", "1000 old");

      Path left = keep(home, "left");
      tenant.stopped().restore();
      assertThat(tenant.stopped().identity()).as("turned back after %s", kill).isEqualTo(later);
      assertThat(tenant.file("version.txt")).hasContent("2");
      assertThat(tenant.stopped().filesBeside())
          .as("files turned back after %s", kill)
          .noneMatch(name -> name.endsWith(".restoring") || name.endsWith(".tmp"));
      assertThat(tenant.file("version.txt.tmp")).doesNotExist();

      reset(left);
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
    Path copy = keep(home, "seen").resolve("acme/db/pocket.db");
    assertThat(StoppedTenant.ask(copy, "PRAGMA integrity_check")).isEqualTo("ok");
    return StoppedTenant.ask(
        copy, PEOPLE.replace("person", "(SELECT name FROM person ORDER BY 1)"));
  }

  private Path keepTemplate() throws Exception {
    return keep(home, "template");
  }

  private Path keep(Path from, String name) throws Exception {
    Path to = directory.resolve(name);
    copy(from, to);
    return to;
  }

  private void reset(Path template) throws Exception {
    copy(template, home);
  }

  private static void copy(Path from, Path to) throws Exception {
    Directories.remove(to);
    Process cp = new ProcessBuilder("cp", "-a", from.toString(), to.toString()).inheritIO().start();
    assertThat(cp.waitFor()).isZero();
  }

  /** One run of a step that ends before the n-th of these calls. */
  private record Kill(String step, String call, int n) {
    void run(Path home) throws Exception {
      Path log = home.resolveSibling("strace.log");
      String injection = "inject=" + call + ":signal=KILL:when=" + n;
      int exitCode = Strace.run(step, home, log, "-e", CALLS, "-e", injection);
      assertThat(exitCode).as("%s was killed", this).isEqualTo(128 + 9);
    }
  }

  /** Every call of the step, or some of them spread over its whole length. */
  private List<Kill> kills(String step, Path template, int wanted) throws Exception {
    reset(template);
    Path log = directory.resolve("strace.log");
    assertThat(Strace.run(step, home, log, "-e", CALLS)).isZero();
    List<Kill> all = new ArrayList<>();
    Map<String, Integer> counts = new TreeMap<>();
    Pattern call = Pattern.compile("^\\d+ +(\\w+)\\(");
    try (Stream<String> lines = Files.lines(log)) {
      lines.forEach(
          line -> {
            Matcher matcher = call.matcher(line);
            if (matcher.find()) {
              int n = counts.merge(line.split(" ")[0] + matcher.group(1), 1, Integer::sum);
              if (line.contains(home.toString()) || line.contains("sync(")) {
                all.add(new Kill(step, matcher.group(1), n));
              }
            }
          });
    }
    assertThat(all).hasSizeGreaterThan(20);
    if (wanted >= all.size()) {
      return all;
    }
    List<Kill> some = new ArrayList<>();
    for (int i = 1; i <= wanted; i++) {
      some.add(all.get(i * all.size() / (wanted + 1)));
    }
    return some;
  }
}
