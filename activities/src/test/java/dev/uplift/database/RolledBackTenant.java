package dev.uplift.database;

import dev.uplift.upgrade.StepResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;

/**
 * A stopped tenant that was upgraded, has gone on since, and whose rollback has made its own backup
 * by now.
 */
record RolledBackTenant(StoppedTenant stopped) {
  private static final String EARLIER_NOTES = "earlier";
  private static final String EARLIER_IDENTITY = "identity";

  static RolledBackTenant create(Path home, JournalMode mode) throws IOException, SQLException {
    StoppedTenant earlier = StoppedTenant.create(home, mode).withState("version.txt", "new.txt");
    RolledBackTenant tenant = new RolledBackTenant(earlier);
    Files.writeString(tenant.file("version.txt"), "1");
    String identity = earlier.backUp().facts().fingerprint();
    Files.move(earlier.notes.directory(), tenant.earlierNotes().directory());
    Files.createDirectory(earlier.notes.directory());
    Files.writeString(home.resolve(EARLIER_IDENTITY), identity);

    Files.writeString(tenant.file("version.txt"), "2");
    Files.writeString(tenant.file("new.txt"), "new");
    earlier.sql(
        "ALTER TABLE person ADD COLUMN phone TEXT",
        "INSERT INTO person(name) VALUES ('late')",
        "PRAGMA journal_mode=" + (mode == JournalMode.WAL ? "delete" : "wal"));
    tenant.kept().choose(earlier.notes);
    earlier.backUp();
    return tenant;
  }

  static RolledBackTenant at(Path home) {
    return new RolledBackTenant(StoppedTenant.at(home).withState("version.txt", "new.txt"));
  }

  private FileNotes earlierNotes() {
    return new FileNotes(stopped.home.resolve(EARLIER_NOTES));
  }

  /** What the rollback goes back to. */
  KeptBackup kept() {
    return KeptBackup.of(earlierNotes().get(BackUpDatabase.BEGUN)).orElseThrow();
  }

  Path earlierBackup() {
    return kept().database();
  }

  String earlierIdentity() throws IOException {
    return Files.readString(stopped.home.resolve(EARLIER_IDENTITY));
  }

  Path file(String name) {
    return stopped.paths.checkout().resolve(name);
  }

  StepResult reinstate() {
    return new ReinstateDatabase().run(stopped.input(), stopped.context());
  }
}
