package dev.uplift.cli.tenant;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import org.junit.jupiter.api.Test;

class RollbackTableTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Test
  void everyTableThatWouldChangeHasALineAndTheCommandCanBeRepeated() throws Exception {
    assertThat(
            RollbackTable.of(
                "acme",
                "it's slow",
                JSON.readTree(
                    """
                    {"upgrade_id": "5955746f-fd0b-4762-bffd-33c796da1449",
                     "from_version": "v0.3.0", "to_version": "v0.2.0",
                     "backup": "/srv/acme/db/pocket.db.backup_1", "taken_at": "2026-11-28T06:12:00Z",
                     "tables": [
                       {"table": "note", "gained": 0, "lost": 0, "changed": 0, "rows_in_backup": 4, "rows_now": 4},
                       {"table": "person", "gained": 3, "lost": 1, "changed": 12, "rows_in_backup": 200, "rows_now": 202},
                       {"table": "segment", "gained": 0, "lost": 0, "changed": 0, "rows_now": 0,
                        "note": "The backup has no such table."},
                       {"table": "user", "rows_in_backup": 2, "rows_now": 2, "note": "Only counted."}],
                     "comparison": "Of 300 tables 4 are listed."}""")))
        .containsExactly(
            "acme would go back from v0.3.0 to v0.2.0, with its database of 2026-11-28T06:12:00Z:",
            "  /srv/acme/db/pocket.db.backup_1",
            "TABLE    GAINED  LOST  CHANGED  IN BACKUP  NOW",
            "person   3       1     12       200        202",
            "segment  0       0     0        -          0    The backup has no such table.",
            "user     -       -     -        2          2    Only counted.",
            "1 table is as the backup has it",
            "Of 300 tables 4 are listed.",
            "What was gained and changed since would be kept in a backup only. If that is meant:",
            "  uplift rollback acme --confirm 5955746f-fd0b-4762-bffd-33c796da1449"
                + " --reason 'it'\\''s slow'");
  }

  @Test
  void withoutAnyTableTheReasonIsThere() throws Exception {
    assertThat(
            RollbackTable.of(
                "acme",
                null,
                JSON.readTree(
                    "{\"upgrade_id\": \"x\", \"tables\": [], \"comparison\": \"Not compared.\"}")))
        .contains("Not compared.", "  uplift rollback acme --confirm x")
        .noneMatch(line -> line.startsWith("TABLE"));
  }
}
