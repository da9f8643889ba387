package dev.uplift.database;

import dev.uplift.backup.StoredItem.State;
import dev.uplift.backup.StoredKind;
import java.nio.file.Path;
import java.time.Instant;
import java.util.UUID;

/**
 * A backup or a failed database, as far as its manifest and the names of its files tell.
 *
 * @param sequence its place among the backups of its tenant, whatever the clock said; 0 if nothing
 *     tells it
 * @param createdAt null if nothing tells it
 * @param bytes all of its files
 * @param version the release that a backup was taken of; null if nothing tells it
 * @param upgradeId that made it; null if nothing tells it
 * @param manifestSha256 null without a manifest
 * @param problem why it is not good; null if nothing speaks against it
 * @param hold why it must stay, though its upgrade was to keep no backup; null for any other
 */
public record StoredDatabase(
    StoredKind kind,
    Path file,
    long sequence,
    Instant createdAt,
    long bytes,
    String version,
    UUID upgradeId,
    String manifestSha256,
    State state,
    String problem,
    String hold) {

  public String name() {
    return file.getFileName().toString();
  }

  /** The same, known not to be good for this reason. */
  public StoredDatabase altered(String why) {
    return new StoredDatabase(
        kind,
        file,
        sequence,
        createdAt,
        bytes,
        version,
        upgradeId,
        manifestSha256,
        State.ALTERED,
        why,
        hold);
  }
}
