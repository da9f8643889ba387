package dev.uplift.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.rollback.TableChange;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableComparisonTest {
  private static final String TEN =
      "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<10)";
  @TempDir Path directory;
  private Path now;
  private Path backup;

  @BeforeEach
  void name() {
    now = directory.resolve("now.db");
    backup = directory.resolve("back'up.db");
  }

  /** Both begin alike; then the live one goes on. */
  private void both(String... statements) throws Exception {
    StoppedTenant.sql(backup, statements);
    Files.copy(backup, now);
  }

  private List<TableChange> compare(boolean rows, Duration limit) throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + now);
        Statement statement = connection.createStatement()) {
      statement.execute("ATTACH '" + backup.toString().replace("'", "''") + "' AS backup");
      return new TableComparison(connection, rows, limit).all();
    }
  }

  private TableChange only() throws Exception {
    List<TableChange> all = compare(true, Duration.ofMinutes(1));
    assertThat(all).hasSize(1);
    return all.get(0);
  }

  @Test
  void rowsThatWereAddedDeletedAndChangedAreTold() throws Exception {
    both(
        "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, team INTEGER)",
        TEN + " INSERT INTO person SELECT i, 'old', NULL FROM n");
    StoppedTenant.sql(
        now,
        "DELETE FROM person WHERE id IN (2, 3)",
        "UPDATE person SET name = 'new' WHERE id = 4",
        "UPDATE person SET team = 1 WHERE id = 5",
        "UPDATE person SET name = 'old' WHERE id = 6",
        "INSERT INTO person VALUES (11, 'a', 1), (12, 'b', 1), (13, 'c', 1), (14, 'd', 1)");

    assertThat(only()).isEqualTo(new TableChange("person", 4L, 2L, 2L, 10L, 12L, null));
  }

  @Test
  void aTableThatOnlyOneHasIsSaidToBe() throws Exception {
    both("CREATE TABLE gone (id INTEGER PRIMARY KEY)", "INSERT INTO gone VALUES (1), (2)");
    StoppedTenant.sql(
        now, "DROP TABLE gone", "CREATE TABLE made (id)", "INSERT INTO made VALUES (1)");

    assertThat(compare(true, Duration.ofMinutes(1)))
        .containsExactly(
            new TableChange("gone", 0L, 2L, 0L, 2L, null, "Only the backup has this table."),
            new TableChange("made", 1L, 0L, 0L, null, 1L, "The backup has no such table."));
  }

  @Test
  void aMigratedTableIsComparedInTheColumnsThatBothHave() throws Exception {
    both(
        "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, fax TEXT)",
        TEN + " INSERT INTO person SELECT i, 'old', 'f' FROM n");
    StoppedTenant.sql(
        now,
        "ALTER TABLE person ADD COLUMN phone TEXT DEFAULT '?'",
        "ALTER TABLE person DROP COLUMN fax",
        "UPDATE person SET phone = '1'",
        "UPDATE person SET name = 'new' WHERE id = 7");

    TableChange person = only();
    assertThat(List.of(person.gained(), person.lost(), person.changed()))
        .containsExactly(0L, 0L, 1L);
    assertThat(person.note()).contains("columns");
  }

  @Test
  void aTableWithoutAKeyIsComparedByItsRowIds() throws Exception {
    both("CREATE TABLE log (line TEXT)", TEN + " INSERT INTO log SELECT 'l' || i FROM n");
    StoppedTenant.sql(
        now,
        "DELETE FROM log WHERE line = 'l3'",
        "UPDATE log SET line = 'x' WHERE line = 'l4'",
        "INSERT INTO log VALUES ('l11')");

    assertThat(only()).isEqualTo(new TableChange("log", 1L, 1L, 1L, 10L, 10L, null));
  }

  @Test
  void aKeyOfSeveralColumnsIsOne() throws Exception {
    both(
        "CREATE TABLE member (a INTEGER, b TEXT, role TEXT, PRIMARY KEY (b, a)) WITHOUT ROWID",
        "INSERT INTO member VALUES (1, 'x', 'r'), (1, 'y', 'r'), (2, 'x', 'r')");
    StoppedTenant.sql(
        now,
        "DELETE FROM member WHERE a = 2",
        "UPDATE member SET role = 'w' WHERE b = 'y'",
        "INSERT INTO member VALUES (2, 'y', 'r'), (3, 'y', 'r')");

    assertThat(only()).isEqualTo(new TableChange("member", 2L, 1L, 1L, 3L, 4L, null));
  }

  @Test
  void aTableThatGotAnotherKeyIsOnlyCounted() throws Exception {
    both("CREATE TABLE t (id INTEGER PRIMARY KEY, code TEXT)", "INSERT INTO t VALUES (1, 'a')");
    StoppedTenant.sql(
        now,
        "DROP TABLE t",
        "CREATE TABLE t (id INTEGER, code TEXT PRIMARY KEY)",
        "INSERT INTO t VALUES (1, 'a'), (2, 'b')");

    TableChange t = only();
    assertThat(t.changed()).isNull();
    assertThat(List.of(t.rowsInBackup(), t.rowsNow())).containsExactly(1L, 2L);
    assertThat(t.note()).contains("only be counted");
  }

  @Test
  void whatAColumnTakesForEqualIsAChangeAllTheSame() throws Exception {
    both(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, n INTEGER)",
        "INSERT INTO t VALUES (1, 'ada', 1), (2, 'bob', NULL), (3, 'eve', 3)");
    StoppedTenant.sql(
        now, "UPDATE t SET name = 'Ada' WHERE id = 1", "UPDATE t SET n = 0 WHERE id = 2");

    assertThat(only().changed()).isEqualTo(2);
  }

  @Test
  void namesMayBeAnything() throws Exception {
    both(
        "CREATE TABLE \"odd \"\"name; --\" (\"a b\" INTEGER PRIMARY KEY, \"or\" TEXT, rowid TEXT)",
        "INSERT INTO \"odd \"\"name; --\" VALUES (1, 'x', 'y')");
    StoppedTenant.sql(now, "UPDATE \"odd \"\"name; --\" SET \"or\" = 'z'");

    assertThat(only()).isEqualTo(new TableChange("odd \"name; --", 0L, 0L, 1L, 1L, 1L, null));
  }

  @Test
  void rowsAreOnlyCountedIfThatIsAskedFor() throws Exception {
    both("CREATE TABLE t (id INTEGER PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)");
    StoppedTenant.sql(now, "DELETE FROM t WHERE id = 1");

    assertThat(compare(false, Duration.ofMinutes(1)))
        .containsExactly(new TableChange("t", null, null, null, 2L, 1L, null));
  }

  @Test
  void whatWouldTakeTooLongIsNotLookedAt() throws Exception {
    both("CREATE TABLE t (id INTEGER PRIMARY KEY)");

    TableChange t = compare(true, Duration.ofSeconds(-1)).get(0);

    assertThat(t.gained()).isNull();
    assertThat(t.rowsNow()).isNull();
    assertThat(t.note()).contains("too long");
  }
}
