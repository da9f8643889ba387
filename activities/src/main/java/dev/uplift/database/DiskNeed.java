package dev.uplift.database;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How much room an upgrade must find before it stops anything, so that neither the backup nor a
 * restore ends for want of it.
 *
 * @param databaseBytes the database with its WAL
 * @param stateBytes all state files together
 */
public record DiskNeed(long databaseBytes, long stateBytes) {
  private static final long MARGIN_BYTES = 64L << 20;
  private static final long JOURNAL_BYTES = 1L << 20;

  /**
   * Beside the live database: the backup; what the migrations add, which may rewrite every page;
   * and the copy that a restore makes before it renames it, while the failed one is kept.
   */
  public long besideDatabase() {
    return 3 * databaseBytes + 2 * stateBytes + MARGIN_BYTES;
  }

  /** In the scratch directory: the snapshot to rehearse on, and what the rehearsal adds to it. */
  public long forRehearsal() {
    return 2 * databaseBytes + stateBytes + MARGIN_BYTES;
  }

  /**
   * The need of each file system: one figure where both places share it.
   *
   * @param <F> whatever names a file system
   * @param ofState where the scratch directory is, and the journal
   */
  public <F> Map<F, Long> perFileSystem(F ofDatabase, F ofState, boolean rehearses) {
    Map<F, Long> need = new LinkedHashMap<>();
    need.merge(ofDatabase, besideDatabase(), Long::sum);
    need.merge(ofState, JOURNAL_BYTES + (rehearses ? forRehearsal() : 0), Long::sum);
    return need;
  }
}
