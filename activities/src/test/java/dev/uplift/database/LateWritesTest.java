package dev.uplift.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.database.RowCounts.TableRows;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LateWritesTest {

  @ParameterizedTest(name = "{0} rows up to {1}, then {2} up to {3}: {4} changed")
  @CsvSource({
    "10, 10, 13, 13, 3", // three added
    "10, 10, 7, 10, 3", // three deleted
    "10, 10, 10, 13, 6", // three added, three deleted
    "10, 10, 11, 13, 5", // three added, two deleted
    "10, 20, 12, 20, 2", // two added in gaps
    "10, , 12, , 2", // without row ids
    "0, , 2, 2, 2", // the first rows
    ", 10, , 13, 3" // too big to be counted
  })
  void changedRowsAreToldFromCountsAndRowIds(
      Long rows, Long maxRowid, Long rowsAfter, Long maxRowidAfter, long changed) {
    LateWrites late =
        LateWrites.between(
            counts(new TableRows(rows, maxRowid)), counts(new TableRows(rowsAfter, maxRowidAfter)));

    assertThat(late).isEqualTo(new LateWrites(Map.of("person", changed), false));
  }

  @Test
  void aTableThatIsNewCountsWithAllItsRows() {
    LateWrites late = LateWrites.between(none(), counts(new TableRows(4L, 4L)));

    assertThat(late.rows()).isEqualTo(Map.of("person", 4L));
  }

  @Test
  void aTableThatWasDroppedCountsWithAllItsRows() {
    LateWrites late = LateWrites.between(counts(new TableRows(4L, 4L)), none());

    assertThat(late.rows()).isEqualTo(Map.of("person", 4L));
  }

  @Test
  void aWriteThatTheCountsDoNotShowIsStillAWrite() {
    RowCounts same = counts(new TableRows(4L, 4L));

    assertThat(LateWrites.between(same, same).any()).isTrue();
  }

  private static RowCounts none() {
    return new RowCounts(Map.of(), "", null);
  }

  private static RowCounts counts(TableRows rows) {
    return new RowCounts(Map.of("person", rows), "", null);
  }
}
