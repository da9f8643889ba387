package dev.uplift.database;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.host.StepContext;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Written down before the database is touched, and again when its backup is whole and on disk: what
 * a later attempt or a restore must know of an attempt that was killed.
 *
 * @param journalMode the tenant's own, which quiescing changes
 * @param kept whether the backup stays when the upgrade is over
 * @param seal by which the completed backup's manifest is recognised; null until then
 */
record BackupNote(
    String backup,
    @JsonProperty("journal_mode") JournalMode journalMode,
    boolean kept,
    String seal) {

  static Optional<BackupNote> in(StepContext.Notes notes) {
    return notes.get(BackUpDatabase.BEGUN).map(note -> Json.own(note, BackupNote.class));
  }

  void writeTo(StepContext.Notes notes) {
    notes.put(BackUpDatabase.BEGUN, Json.text(this));
  }

  boolean isCompleted() {
    return seal != null;
  }

  BackupNote sealed(String seal) {
    return new BackupNote(backup, journalMode, kept, seal);
  }

  Backup files() {
    return new Backup(Path.of(backup));
  }
}
