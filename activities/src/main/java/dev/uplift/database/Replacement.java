package dev.uplift.database;

import dev.uplift.durable.DurableFile;
import dev.uplift.host.Cancellation;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.SQLException;

/**
 * Puts a copy of a backup into the place of a database that nobody has open.
 *
 * <p>First the database is quiesced: a WAL or a hot journal that stayed behind would be applied to
 * what takes its place. Then the copy does so by one rename. Killed anywhere, there is a whole
 * database, the one or the other.
 */
record Replacement(SqliteFile live, Cancellation cancellation) {

  /** What becomes of the database whose place is taken, just before it is. */
  interface Aside {
    void move() throws IOException;
  }

  /**
   * @return false if there is no database, or one that SQLite cannot work with
   */
  boolean quiesce() throws SQLException, IOException {
    if (!live.isRegular() || !DatabaseHeader.read(live.path()).isSqlite()) {
      return false;
    }
    try {
      live.quiesce();
      return true;
    } catch (SQLException e) {
      if (DatabaseFailure.isDamage(e)) {
        return false;
      }
      throw e;
    }
  }

  /** Whether the quiesced database is what was backed up. */
  boolean holds(BackupManifest manifest) throws IOException {
    return Files.size(live.path()) == manifest.bytes()
        && DatabaseDigest.of(live.path(), cancellation)
            .contentSha256()
            .equals(manifest.contentSha256());
  }

  /** Copies the backup, which is not consumed; on disk when it returns. */
  void put(Backup backup, BackupManifest manifest, Aside aside) throws IOException {
    Files.deleteIfExists(backup.restoring());
    try {
      backup.requireDigest(
          manifest, DatabaseDigest.copying(backup.database(), backup.restoring(), cancellation));
      if (Files.mismatch(backup.database(), backup.restoring()) != -1) {
        throw new IOException("the copy of the backup differs from it");
      }
      manifest.ownership().applyTo(backup.restoring());
      DurableFile.sync(backup.restoring());
      aside.move();
      DurableFile.rename(backup.restoring(), live.path());
    } finally {
      Files.deleteIfExists(backup.restoring());
    }
  }
}
