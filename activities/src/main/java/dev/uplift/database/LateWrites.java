package dev.uplift.database;

import dev.uplift.database.RowCounts.TableRows;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What was written between the end of the migrations and the failure of the new release: a restore
 * takes it away.
 *
 * @param rows changed rows by table, as far as counts can tell
 * @param unseen whether something was written that counts do not show: rows updated in place, or a
 *     database too damaged to be counted
 */
record LateWrites(Map<String, Long> rows, boolean unseen) {
  static final LateWrites NONE = new LateWrites(Map.of(), false);
  static final LateWrites UNKNOWN = new LateWrites(Map.of(), true);

  LateWrites {
    rows = Map.copyOf(rows);
  }

  /** For a database that was written to between the two counts. */
  static LateWrites between(RowCounts before, RowCounts after) {
    if (before.holdsSameAs(after)) {
      return NONE;
    }
    Map<String, Long> changed = new TreeMap<>();
    TreeSet<String> tables = new TreeSet<>(before.tables().keySet());
    tables.addAll(after.tables().keySet());
    for (String table : tables) {
      long rows = changed(before.tables().get(table), after.tables().get(table));
      if (rows > 0) {
        changed.put(table, rows);
      }
    }
    return new LateWrites(changed, changed.isEmpty());
  }

  boolean any() {
    return unseen || !rows.isEmpty();
  }

  private static long changed(TableRows before, TableRows after) {
    long added = Math.max(0, maxRowid(after) - maxRowid(before));
    if (isUncounted(before) || isUncounted(after)) {
      return added;
    }
    long more = rows(after) - rows(before);
    // Rows with new ids that the count does not show took the place of deleted ones.
    return more > added ? more : added + (added - more);
  }

  private static boolean isUncounted(TableRows table) {
    return table != null && table.rows() == null;
  }

  private static long rows(TableRows table) {
    return table == null ? 0 : table.rows();
  }

  private static long maxRowid(TableRows table) {
    return table == null || table.maxRowid() == null ? 0 : table.maxRowid();
  }
}
