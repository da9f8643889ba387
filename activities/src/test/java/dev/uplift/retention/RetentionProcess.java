package dev.uplift.retention;

import dev.uplift.backup.StoredItem;
import dev.uplift.backup.StoredKind;
import dev.uplift.host.AttemptCancellation;
import dev.uplift.host.Cancellation;
import dev.uplift.host.TenantLocks;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** A tenant's retention in a process of its own, so that a test can run it as another user. */
final class RetentionProcess {
  private RetentionProcess() {}

  public static void main(String[] words) throws Exception {
    RetainedTenant acme = new RetainedTenant(Path.of(words[1]));
    TenantRetention retention =
        new TenantRetention(
            acme.configuration(),
            RetainedTenant.keeping(0, 0),
            acme.journals,
            new TenantLocks(acme.paths()),
            Clock.systemUTC());
    switch (words[0]) {
      case "make" -> {
        acme.succeeded(Instant.now().minus(Duration.ofDays(2)));
        acme.succeeded(Instant.now().minus(Duration.ofDays(1)));
      }
      case "verify" ->
          tell(retention.verify(acme.tenant(), acme.profile(), null, Cancellation.NEVER));
      case "prune" ->
          tell(retention.prune(acme.tenant(), acme.profile(), false, new AttemptCancellation()));
      default -> throw new IllegalArgumentException(words[0]);
    }
  }

  private static void tell(List<StoredItem> items) {
    for (StoredItem item : items) {
      if (item.kind() == StoredKind.BACKUP) {
        System.out.println(item.state() + " " + item.deleted() + " " + item.problem());
      }
    }
  }
}
