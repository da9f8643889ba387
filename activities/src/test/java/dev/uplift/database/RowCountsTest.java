package dev.uplift.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.database.RowCounts.TableRows;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RowCountsTest {
  @TempDir Path home;

  @Test
  void everyTableIsCountedWhateverItsNameIs() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    tenant.sql(
        "CREATE TABLE \"odd \"\" name; --\" (x)",
        "INSERT INTO \"odd \"\" name; --\" VALUES (1), (2)",
        "CREATE TABLE setting (key TEXT PRIMARY KEY) WITHOUT ROWID",
        "INSERT INTO setting VALUES ('a')",
        "CREATE VIEW people AS SELECT * FROM person",
        "CREATE VIRTUAL TABLE found USING fts5(text)",
        "CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT)");

    assertThat(RowCounts.take(tenant.database()).tables())
        .containsOnlyKeys("person", "team", "odd \" name; --", "setting", "counted")
        .containsEntry("person", new TableRows(1000L, 1000L))
        .containsEntry("odd \" name; --", new TableRows(2L, 2L))
        .containsEntry("setting", new TableRows(1L, null))
        .containsEntry("team", new TableRows(0L, null));
  }

  @Test
  void countsComeBackFromTheirNote() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);

    RowCounts.note(tenant.context(), tenant.database());

    assertThat(RowCounts.noted(tenant.context())).contains(RowCounts.take(tenant.database()));
  }
}
