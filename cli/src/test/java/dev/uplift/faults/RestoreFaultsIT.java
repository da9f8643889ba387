package dev.uplift.faults;

import static dev.uplift.faults.FaultCase.derived;
import static dev.uplift.faults.FaultCase.ofRow;
import static dev.uplift.faults.Injection.FAILURE;
import static dev.uplift.faults.Injection.KILL;
import static dev.uplift.faults.Injection.POWER_CUT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uplift.durable.Directories;
import dev.uplift.scenario.TenantFacts;
import dev.uplift.testhost.LocalCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * A restore that ends before one of its system calls, each in its turn: the database is whole
 * whenever somebody looks, and turning back again ends with the old one.
 */
@Tag("faults")
class RestoreFaultsIT {
  private static final Duration SOON = Duration.ofMinutes(1);
  private static final String CALLS =
      "trace=fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat";
  private static final Pattern AROUND_RENAME = Pattern.compile("\\.restoring|\\.failed_|/acme/db>");
  private static final Pattern CALL = Pattern.compile("^(\\d+) +(\\w+)\\((.*)");

  /** The state after migrations that left committed rows in a WAL, or half of them in the file. */
  private enum Left {
    WAL,
    HOT_JOURNAL
  }

  private static final List<Injected> ALL =
      List.of(
          new Injected(
              ofRow(40, "before each of its system calls, with a WAL", KILL, "rolled_back"),
              () -> new RestoreFaultsIT().killedAtEachCall(Left.WAL)),
          new Injected(
              ofRow(
                  40,
                  "before each third of its system calls, with a hot journal",
                  KILL,
                  "rolled_back"),
              () -> new RestoreFaultsIT().killedAtEachCall(Left.HOT_JOURNAL)),
          new Injected(
              ofRow(
                  41,
                  "around the rename, with what a disk holds that was not synced",
                  POWER_CUT,
                  "rolled_back"),
              () -> new RestoreFaultsIT().cutAroundTheRename()),
          new Injected(
              derived(
                  "the clock steps back before a restore, to where a name is taken",
                  FAILURE,
                  "rolled_back"),
              () -> new RestoreFaultsIT().clockStepsBack()));

  @TempDir static Path directory;

  private Path home;
  private String before;
  private String migrated;

  static Stream<FaultCase> cases() {
    return Injected.cases(ALL);
  }

  @TestFactory
  Stream<DynamicTest> endsAsPromised() {
    return Injected.tests(ALL);
  }

  private String killedAtEachCall(Left left) throws Exception {
    assumeStrace();
    home = directory.resolve("home-" + left);
    Path template = prepare(left);
    List<Kill> kills = kills(template, Kill::concernsDatabase);
    // The ways part where the failed database is settled; what follows is gone through once.
    int pace = left == Left.WAL ? 1 : 3;
    int killed = 0;
    for (int i = 0; i < kills.size(); i += pace) {
      copy(template, home);
      kill(kills.get(i));
      requireWholeThenOld(kills.get(i).toString());
      killed++;
    }
    return "rolled_back, after each of " + killed + " kills";
  }

  private String cutAroundTheRename() throws Exception {
    assumeStrace();
    Path mount = directory.resolve("disk");
    try (SmallDisk disk = SmallDisk.at(mount, directory.resolve("disk.img"), "48M")) {
      home = mount.resolve("home");
      Path template = prepare(Left.WAL);
      List<Kill> kills = kills(template, Kill::isAroundRename);
      for (Kill kill : kills) {
        copy(template, home);
        LocalCommand.of("sync", "-f", mount.toString()).mustRun(SOON);
        kill(kill);
        disk.cutPower();
        requireWholeThenOld(kill.toString());
      }
      return "rolled_back, after each of " + kills.size() + " power cuts";
    }
  }

  private String clockStepsBack() throws Exception {
    home = directory.resolve("home-clock");
    prepare(Left.WAL);
    Clock earlier = Clock.fixed(Instant.parse("2025-12-11T22:57:56Z"), ZoneOffset.UTC);
    InterruptedUpgrade upgrade = InterruptedUpgrade.in(home).by(earlier);
    Path taken = upgrade.database().resolveSibling("pocket.db.failed_20251211_225756");
    Files.writeString(taken, "of an earlier upgrade");
    upgrade.turnBack();
    assertThat(TenantFacts.databaseHash(upgrade.database())).isEqualTo(before);
    assertThat(taken).hasContent("of an earlier upgrade");
    assertThat(TenantFacts.databaseHash(taken.resolveSibling(taken.getFileName() + "_2")))
        .isEqualTo(migrated);
    return "rolled_back, under another name";
  }

  /** A stopped tenant whose backup is there and whose migrations were cut off; kept as a copy. */
  private Path prepare(Left left) throws Exception {
    InterruptedUpgrade upgrade = InterruptedUpgrade.in(home);
    Files.createDirectories(upgrade.database().getParent());
    Files.writeString(upgrade.stateFile(), "1");
    python(
        upgrade.database(),
        """
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT)")
        db.executemany("INSERT INTO person (name) VALUES (?)", [("old",)] * 1000)
        db.close()
        """);
    before = TenantFacts.databaseHash(upgrade.database());
    upgrade.begin();
    Files.writeString(upgrade.stateFile(), "2");
    python(
        upgrade.database(),
        switch (left) {
          case WAL ->
              """
              db.execute("PRAGMA wal_autocheckpoint = 0")
              db.execute("UPDATE person SET name = 'migrated'")
              kill()
              """;
          case HOT_JOURNAL ->
              """
              db.execute("PRAGMA journal_mode = DELETE")
              db.execute("UPDATE person SET name = 'migrated'")
              db.execute("PRAGMA cache_size = 5")
              db.execute("BEGIN")
              db.execute("UPDATE person SET name = printf('%.500c', 'x')")
              kill()
              """;
        });
    Path template = home.resolveSibling(home.getFileName() + ".template");
    copy(home, template);
    migrated = seen(template);
    assertThat(migrated).isNotEqualTo(before);
    return template;
  }

  private void requireWholeThenOld(String kill) throws Exception {
    assertThat(seen(home)).as("after %s", kill).isIn(before, migrated);
    InterruptedUpgrade upgrade = InterruptedUpgrade.in(home);
    upgrade.turnBack();
    assertThat(TenantFacts.databaseHash(upgrade.database())).as("after %s", kill).isEqualTo(before);
    assertThat(upgrade.stateFile()).as("after %s", kill).hasContent("1");
    List<String> files = names(upgrade.database().getParent());
    assertThat(files)
        .as("after %s", kill)
        .allMatch(
            name -> name.matches("pocket\\.db(\\.(backup|failed)_\\d+_\\d+(\\.(json|state))?)?"))
        .filteredOn(name -> name.matches(".*\\.failed_\\d+_\\d+"))
        .hasSize(1);
    Path failed =
        upgrade
            .database()
            .resolveSibling(
                files.stream().filter(n -> n.matches(".*\\.failed_\\d+_\\d+")).findFirst().get());
    assertThat(TenantFacts.databaseHash(failed)).as("after %s", kill).isEqualTo(migrated);
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  /** What the application would find, asked of a copy so that nothing is settled by asking. */
  private static String seen(Path home) throws Exception {
    Path copy = directory.resolve("seen");
    copy(home, copy);
    Path database = InterruptedUpgrade.in(copy).database();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement statement = connection.createStatement();
        ResultSet check = statement.executeQuery("PRAGMA integrity_check")) {
      assertThat(check.getString(1)).isEqualTo("ok");
    }
    return TenantFacts.databaseHash(database);
  }

  private static void copy(Path from, Path to) throws Exception {
    Directories.remove(to);
    LocalCommand.of("cp", "-a", from.toString(), to.toString()).mustRun(SOON);
  }

  /**
   * Runs statements with {@code db} as a connection, and {@code kill()} to end without farewell.
   */
  private static void python(Path database, String statements) throws Exception {
    String script =
        """
        import os, signal, sqlite3, sys

        def kill():
            os.kill(os.getpid(), signal.SIGKILL)

        db = sqlite3.connect(sys.argv[1], isolation_level=None)
        """
            + statements;
    LocalCommand.of("python3", "-c", script, database.toString()).run(SOON);
  }

  /** A run of the program that ends before the n-th of these calls in one of its threads. */
  private record Kill(String call, int n, String arguments) {
    boolean concernsDatabase() {
      return arguments.contains("/acme/");
    }

    /** The copy of the backup, the name of the failed database, and the directory of both. */
    boolean isAroundRename() {
      return AROUND_RENAME.matcher(arguments).find();
    }
  }

  private void kill(Kill kill) throws Exception {
    String injection = "inject=" + kill.call() + ":signal=KILL:when=" + kill.n();
    assertThat(strace("-e", CALLS, "-e", injection)).as("%s was killed", kill).isEqualTo(128 + 9);
  }

  private List<Kill> kills(Path template, Predicate<Kill> which) throws Exception {
    copy(template, home);
    assertThat(strace("-y", "-e", CALLS)).isZero();
    List<Kill> kills = new ArrayList<>();
    Map<String, Integer> counts = new HashMap<>();
    for (String line : Files.readAllLines(log())) {
      Matcher call = CALL.matcher(line);
      if (call.find()) {
        int n = counts.merge(call.group(1) + call.group(2), 1, Integer::sum);
        kills.add(new Kill(call.group(2), n, call.group(3)));
      }
    }
    List<Kill> chosen = kills.stream().filter(which).toList();
    assertThat(chosen).hasSizeGreaterThan(5);
    return chosen;
  }

  private Path log() {
    return directory.resolve("strace.log");
  }

  private int strace(String... options) throws Exception {
    List<String> words = new ArrayList<>(List.of("strace", "-f", "-o", log().toString()));
    words.addAll(List.of(options));
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData"));
    words.addAll(List.of("-Xshare:auto", "-cp", System.getProperty("java.class.path")));
    words.addAll(List.of(InterruptedUpgrade.class.getName(), home.toString()));
    return new LocalCommand(words).run(SOON).exitCode();
  }

  private static void assumeStrace() throws Exception {
    assumeTrue(
        LocalCommand.isInstalled("strace")
            && LocalCommand.of("strace", "-f", "-o", "/dev/null", "true").run(SOON).succeeded(),
        "strace is not installed, or may not trace");
  }
}
