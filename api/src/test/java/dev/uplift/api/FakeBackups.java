package dev.uplift.api;

import dev.uplift.backup.BackupsReport;
import dev.uplift.backup.BackupsRequest;
import dev.uplift.backup.StoredItem;
import dev.uplift.backup.StoredKind;
import dev.uplift.backup.TenantBackups;
import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.StepFailures;
import io.temporal.failure.ApplicationFailure;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;

/** A host with a backup that is kept and one that is not. */
final class FakeBackups implements TenantBackups {
  static final String KEPT = "pocket.db.backup_20260102_030405";
  static final String OLD = "pocket.db.backup_20250102_030405";
  final Queue<BackupsRequest> asked = new ConcurrentLinkedQueue<>();

  /** Whether it says that an upgrade of the tenant is open, which the API knows nothing of. */
  volatile boolean busy;

  /** What it waits for before it says what it has verified. */
  volatile CountDownLatch slow = new CountDownLatch(0);

  @Override
  public BackupsReport listBackups(BackupsRequest request) {
    asked.add(request);
    return BackupsReport.of(List.of(item(KEPT, true, false), item(OLD, false, false)));
  }

  @Override
  public BackupsReport verifyBackups(BackupsRequest request) {
    asked.add(request);
    try {
      slow.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return BackupsReport.of(
        request.name() == null || request.name().equals(KEPT)
            ? List.of(item(KEPT, true, false))
            : List.of());
  }

  @Override
  public BackupsReport pruneBackups(BackupsRequest request) {
    asked.add(request);
    if (busy) {
      throw ApplicationFailure.newNonRetryableFailure(
          "busy",
          StepFailures.TYPE,
          new Failure("PruneBackups", FailureKind.BUSY, "The host is at work on it.", null, null));
    }
    return BackupsReport.of(List.of(item(KEPT, true, false), item(OLD, false, !request.dryRun())));
  }

  private static StoredItem item(String name, boolean keep, boolean deleted) {
    return new StoredItem(
        StoredKind.BACKUP,
        name,
        "/srv/acme/db/" + name,
        Instant.parse("2026-01-02T03:04:05Z"),
        4096,
        "v0.2.0",
        new UUID(0, 7),
        StoredItem.State.GOOD,
        null,
        null,
        List.of(),
        keep,
        keep ? "the last good backup" : "older than 30 days",
        deleted);
  }
}
