package dev.uplift.database;

import dev.uplift.durable.Directories;
import dev.uplift.durable.DurableFile;
import dev.uplift.host.HostStep;
import dev.uplift.host.StepContext;
import dev.uplift.host.StepFailure;
import dev.uplift.host.TenantPaths;
import dev.uplift.profile.OnLateWrites;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;

/**
 * Puts the database and its state files back as BackUpDatabase found them.
 *
 * <p>The order is what makes it safe to be killed anywhere. First the failed database is quiesced,
 * or set aside together with its sidecars: a WAL or a hot journal that stays behind would be
 * applied to the restored file. Then a copy of the backup takes its place by one rename. So there
 * is always a whole database, the old one or the new one, and a rerun ends with the old one.
 */
public final class RestoreDatabase implements HostStep {
  private static final String FAILED = "database.failed";
  private static final String LATE_WRITES = "database.late_writes";
  private static final String GIVEN_UP = "database.late_writes_given_up";
  private final Clock clock;

  /**
   * @param clock with the host's time zone, which is the one in the failed database's name
   */
  public RestoreDatabase(Clock clock) {
    this.clock = clock;
  }

  /** Turns back for good: keeps the failed database and tells what was written to it lately. */
  @Override
  public StepResult run(StepInput input, StepContext context) {
    return new Restoration(input, context).run(true);
  }

  /** Whoever resumes knows of the writes for which he found the tenant held. */
  @Override
  public void resumed(StepContext context) {
    if (context.notes().get(LATE_WRITES).isPresent()) {
      context.notes().put(GIVEN_UP, "yes");
    }
  }

  /**
   * Undoes migrations that were cut short, so that they can begin again from the first. Services
   * have not run since the backup, so there is nothing to keep.
   */
  public void rewind(StepInput input, StepContext context) {
    RowCounts.forget(context);
    new Restoration(input, context).run(false);
  }

  /** One run of it. */
  private final class Restoration {
    private final StepInput input;
    private final StepContext context;
    private final TenantPaths paths;
    private final SqliteFile live;
    private final Replacement replacement;

    Restoration(StepInput input, StepContext context) {
      this.input = input;
      this.context = context;
      this.paths = TenantPaths.of(input.plan().tenant(), input.from().profile());
      this.live = new SqliteFile(paths.database());
      this.replacement = new Replacement(live, context.cancellation());
    }

    StepResult run(boolean turningBack) {
      Optional<BackupNote> note = BackupNote.in(context.notes());
      if (note.isEmpty()) {
        return StepResult.of("The database had not been touched");
      }
      return DatabaseFailure.translated(
          live.path(),
          () ->
              note.get().isCompleted()
                  ? restore(note.get(), turningBack)
                  : forgetAttempt(note.get()));
    }

    private StepResult forgetAttempt(BackupNote note) throws SQLException, IOException {
      live.setJournalMode(note.journalMode());
      note.files().delete();
      return StepResult.of("Nothing had been written to the database");
    }

    private StepResult restore(BackupNote note, boolean turningBack)
        throws SQLException, IOException {
      Backup backup = note.files();
      BackupManifest manifest = backup.verified(note.seal(), context.cancellation());
      ReinstateDatabase.clear(paths, context, manifest);
      DatabaseLocation.requireParents(paths.checkout(), paths.database());
      if (live.isRegular()) {
        // A migration may have locked us out of its own database.
        manifest.ownership().applyTo(live.path());
      }
      boolean written = turningBack && wasWrittenLately(manifest);
      boolean settled = !written && isSettled(manifest);
      boolean untouched = settled && replacement.holds(manifest);
      boolean quiesced = untouched || replacement.quiesce();
      LateWrites late = turningBack ? lateWrites(backup, written, quiesced) : LateWrites.NONE;
      if (late.any()
          && input.from().profile().onLateWrites() == OnLateWrites.HOLD
          && context.notes().get(GIVEN_UP).isEmpty()) {
        throw heldFor(late, manifest, quiesced);
      }
      // A settled database has been read just now, and to quiesce it changed nothing in it.
      if (!untouched && (settled || !quiesced || !replacement.holds(manifest))) {
        boolean keepFailed = turningBack || !quiesced;
        replacement.put(backup, manifest, keepFailed ? this::setFailedAside : () -> {});
      }
      forgetLinkToLive();
      for (StateFile file : manifest.state()) {
        if (!file.isInPlace(paths.checkout())) {
          file.restore(backup.state(), paths.checkout(), failedState());
        }
      }
      if (!untouched) {
        live.setJournalMode(manifest.journalMode());
      }
      nameFailed();
      return result(late);
    }

    /** Found out without opening it, for which a full disk has no room. */
    private boolean isSettled(BackupManifest manifest) throws IOException {
      return live.isRegular()
          && live.sidecars().stream().noneMatch(Files::exists)
          && DatabaseHeader.read(live.path()).isSqlite()
          && live.journalMode() == manifest.journalMode();
    }

    /**
     * Gives what was set aside a manifest, by which it is known as ours when it is cleared away.
     */
    private void nameFailed() throws IOException {
      Optional<StoredName> failed = context.notes().get(FAILED).map(Path::of).map(StoredName::new);
      if (failed.isEmpty()
          || !isFree(failed.get().manifest())
          || (isFree(failed.get().file()) && isFree(failed.get().state()))) {
        return;
      }
      FailedManifest manifest =
          new FailedManifest(
              FailedManifest.FORMAT,
              input.plan().upgradeId().toString(),
              input.plan().tenant().id().value(),
              live.path().toString(),
              OffsetDateTime.now(clock).toString(),
              input.to() == null ? null : input.to().tag().name());
      DurableFile.write(failed.get().manifest(), Json.bytes(manifest));
    }

    /** Asked before quiescing, which itself changes the file. */
    private boolean wasWrittenLately(BackupManifest manifest) throws IOException {
      if (context.notes().get(LATE_WRITES).isPresent()) {
        return false;
      }
      Optional<RowCounts> migrated = RowCounts.noted(context);
      boolean written;
      if (migrated.isPresent()) {
        written = !live.isRegular() || migrated.get().isOlderThan(live);
      } else {
        // Without migrations the new release starts on the database of the backup. Where they ran,
        // but left no note, they did not end, so the new release never started.
        written =
            !input.plan().options().runMigrations()
                && (!live.isRegular()
                    || live.hasUnsettledSidecar()
                    || !replacement.holds(manifest));
      }
      if (!written) {
        context.notes().put(LATE_WRITES, Json.text(LateWrites.NONE));
      }
      return written;
    }

    private LateWrites lateWrites(Backup backup, boolean written, boolean quiesced) {
      Optional<String> noted = context.notes().get(LATE_WRITES);
      if (noted.isPresent()) {
        return Json.own(noted.get(), LateWrites.class);
      }
      LateWrites late = written ? count(backup, quiesced) : LateWrites.NONE;
      context.notes().put(LATE_WRITES, Json.text(late));
      return late;
    }

    private LateWrites count(Backup backup, boolean quiesced) {
      if (!quiesced) {
        return LateWrites.UNKNOWN;
      }
      RowCounts before =
          RowCounts.noted(context).orElseGet(() -> RowCounts.take(backup.database()));
      try {
        return LateWrites.between(before, RowCounts.take(live.path()));
      } catch (StepFailure damaged) {
        return LateWrites.UNKNOWN;
      }
    }

    /** The sidecars go with the database that they belong to, and never meet the restored one. */
    private void setFailedAside() throws IOException {
      Path failed = failedName();
      List<Path> sidecars = live.sidecars();
      List<Path> kept = new SqliteFile(failed).sidecars();
      for (int i = 0; i < sidecars.size(); i++) {
        if (Files.exists(sidecars.get(i), LinkOption.NOFOLLOW_LINKS)) {
          DurableFile.rename(sidecars.get(i), kept.get(i));
        }
      }
      if (live.exists() && !isLinkToLive(failed)) {
        try {
          // A second name, so that there is no moment without a database.
          Files.createLink(failed, live.path());
        } catch (UnsupportedOperationException | FileSystemException noHardLinks) {
          DurableFile.rename(live.path(), failed);
        }
        Directories.sync(failed.getParent());
      }
    }

    /** The name that an earlier attempt noted, unless another failed database has it by now. */
    private Path failedName() throws IOException {
      Optional<Path> noted = context.notes().get(FAILED).map(Path::of);
      boolean usable =
          noted.isPresent() && (!live.exists() || isFree(noted.get()) || isLinkToLive(noted.get()));
      return usable ? noted.get() : newFailedName();
    }

    private Path newFailedName() {
      String time = BackUpDatabase.TIME_IN_NAME.format(LocalDateTime.now(clock));
      Path name = sibling(live.path(), ".failed_" + time);
      Path candidate = name;
      for (int n = 2; !isFree(candidate); n++) {
        candidate = sibling(name, "_" + n);
      }
      context.notes().put(FAILED, candidate.toString());
      return candidate;
    }

    /** Beside the failed database; also when that was not replaced. */
    private Path failedState() {
      Path failed = context.notes().get(FAILED).map(Path::of).orElseGet(this::newFailedName);
      return sibling(failed, ".state");
    }

    private static boolean isFree(Path name) {
      return !Files.exists(name, LinkOption.NOFOLLOW_LINKS);
    }

    private boolean isLinkToLive(Path name) throws IOException {
      return live.exists() && !isFree(name) && inode(name).equals(inode(live.path()));
    }

    private static Object inode(Path file) throws IOException {
      return Files.readAttributes(file, "unix:dev,ino", LinkOption.NOFOLLOW_LINKS);
    }

    /** A killed attempt may have named the live database "failed" before it proved to be whole. */
    private void forgetLinkToLive() throws IOException {
      Optional<Path> failed = context.notes().get(FAILED).map(Path::of);
      if (failed.isPresent() && isLinkToLive(failed.get())) {
        Files.delete(failed.get());
        Directories.sync(failed.get().getParent());
      }
    }

    private StepFailure heldFor(LateWrites late, BackupManifest manifest, boolean quiesced)
        throws SQLException, IOException {
      if (quiesced) {
        live.setJournalMode(manifest.journalMode());
      }
      return new StepFailure(
          FailureKind.STEP_FAILED,
          "Users wrote after the new release had started, and the profile says to hold then.",
          late.unseen()
              ? "rows were changed that counts do not show"
              : "rows by table: " + late.rows(),
          "Decide whether these writes may be lost: the backup is whole, nothing was restored. If"
              + " they may, resume; they are kept in the failed database.");
    }

    private StepResult result(LateWrites late) {
      String failed =
          context.notes().get(FAILED).filter(name -> !isFree(Path.of(name))).orElse(null);
      List<String> warnings =
          late.unseen()
              ? List.of(
                  "Something was written after the new release had started, but the row counts do"
                      + " not show what: compare the failed database with the restored one.")
              : List.of();
      String summary =
          failed == null
              ? "The database is as it was"
              : "Restored the database; the failed one is " + failed;
      return StepResult.of(summary)
          .withWarnings(warnings)
          .withFacts(StepResult.Facts.restoredDatabase(late.rows(), failed));
    }
  }

  private static Path sibling(Path file, String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }
}
