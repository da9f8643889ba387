package dev.uplift.inspect;

import dev.uplift.code.Checkout;
import dev.uplift.database.DatabaseComparison;
import dev.uplift.database.KeptBackup;
import dev.uplift.database.LiveDatabase;
import dev.uplift.durable.Directories;
import dev.uplift.host.HostActivities;
import dev.uplift.host.Redaction;
import dev.uplift.host.StepContext;
import dev.uplift.host.StepFailure;
import dev.uplift.host.TenantPaths;
import dev.uplift.rollback.RollbackPreview;
import dev.uplift.rollback.RollbackQuestion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Tells what a rollback would undo and which rows it would give up. That the rows cannot be told is
 * no reason against a rollback: a damaged database may be why somebody wants one.
 */
public final class PreviewRollback implements HostActivities.Preview {
  private final Successes successes;
  private final LiveDatabase database;

  public PreviewRollback(Successes successes, LiveDatabase database) {
    this.successes = successes;
    this.database = database;
  }

  @Override
  public RollbackPreview run(RollbackQuestion question, StepContext context) {
    LastSuccess last = successes.lastOf(question.tenant(), null);
    last.requireSameParts(question.profile());
    TenantPaths paths = TenantPaths.of(question.tenant(), question.profile());
    KeptBackup.Proven backup =
        last.backup().verified(paths, question.tenant().id(), last.id(), context.cancellation());
    DatabaseComparison compared =
        question.compare()
            ? compare(question, paths, last.backup().database(), context)
            : new DatabaseComparison(List.of(), null);
    return new RollbackPreview(
        last.id(),
        last.operation(),
        deployed(paths),
        last.tag().name(),
        last.before().commit().value(),
        last.backup().database().toString(),
        backup.takenAt(),
        compared.tables(),
        compared.limits(),
        null);
  }

  private static String deployed(TenantPaths paths) {
    try (Checkout checkout = Checkout.open(paths.checkout())) {
      return checkout.version();
    }
  }

  private DatabaseComparison compare(
      RollbackQuestion question, TenantPaths paths, Path backup, StepContext context) {
    Path scratch = context.paths().scratch(question.id());
    try {
      Files.createDirectories(scratch);
      try {
        return database.compare(paths, backup, scratch, context);
      } catch (StepFailure incomparable) {
        return new DatabaseComparison(
            List.of(),
            "The tables could not be compared. " + Redaction.of(incomparable.getMessage()));
      } finally {
        Directories.remove(scratch);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
