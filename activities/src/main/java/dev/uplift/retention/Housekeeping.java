package dev.uplift.retention;

import dev.uplift.backup.StoredItem;
import dev.uplift.host.AttemptCancellation;
import dev.uplift.host.Redaction;
import dev.uplift.host.StepCancelled;
import dev.uplift.host.StepFailure;
import dev.uplift.host.Territory;
import dev.uplift.journal.Journal;
import dev.uplift.journal.JournalState;
import dev.uplift.journal.Journals;
import dev.uplift.logging.LogContext;
import dev.uplift.profile.AppProfile;
import dev.uplift.tenant.Slug;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.StepInput;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Prunes by itself what the policy does not keep: of a tenant when an upgrade of it is over, and of
 * the whole host now and then, for whatever was missed. Never while an upgrade of the tenant is
 * open.
 */
public final class Housekeeping {
  private static final Logger log = LoggerFactory.getLogger(Housekeeping.class);
  private static final Duration WHOLE_HOST = Duration.ofHours(6);

  /** After the start there is more urgent work. */
  private static final Duration FIRST = Duration.ofMinutes(10);

  private final RetentionPolicy policy;
  private final TenantRetention tenants;
  private final HostRetention host;
  private final Journals journals;
  private final Territory territory;
  private final Set<Slug> due = ConcurrentHashMap.newKeySet();
  private final AttemptCancellation stopped = new AttemptCancellation();
  private volatile AttemptCancellation current = new AttemptCancellation();
  private long wholeHostAt = System.nanoTime() + FIRST.toNanos();

  public Housekeeping(
      RetentionPolicy policy,
      TenantRetention tenants,
      HostRetention host,
      Journals journals,
      Territory territory) {
    this.policy = policy;
    this.tenants = tenants;
    this.host = host;
    this.journals = journals;
    this.territory = territory;
  }

  /** Has the tenant of an upgrade looked after when that has let go of it. */
  public void ended(StepInput input) {
    due.add(input.plan().tenant().id());
  }

  /** To be called again and again, by one thread. */
  public void look() {
    if (!policy.automatic()) {
      return;
    }
    boolean wholeHost = wholeHostAt - System.nanoTime() < 0;
    for (Slug tenant : wholeHost ? journals.tenants() : List.copyOf(due)) {
      if (stopped.isRequested()) {
        return;
      }
      prune(tenant);
    }
    if (wholeHost) {
      isolated(() -> tell(host.prune(false, stopped)));
      wholeHostAt = System.nanoTime() + WHOLE_HOST.toNanos();
    }
  }

  private void prune(Slug tenant) {
    due.remove(tenant);
    try (LogContext named = LogContext.of(tenant, null)) {
      isolated(() -> newestOver(tenant).ifPresent(newest -> prune(tenant, newest.state())));
    }
  }

  private void pruneUnlessBusy(StepInput input, AppProfile profile) {
    AttemptCancellation attempt = new AttemptCancellation();
    current = attempt;
    try {
      tell(tenants.prune(input.plan().tenant(), profile, false, attempt));
    } catch (StepFailure refused) {
      if (refused.kind() != FailureKind.BUSY) {
        throw refused;
      }
      // The upgrade that has ended has not let go of it yet, or somebody prunes by hand.
      due.add(input.plan().tenant().id());
    }
  }

  private void prune(Slug tenant, JournalState newest) {
    StepInput input = newest.input();
    AppProfile profile =
        newest.phase() == JournalState.Phase.COMMITTED
            ? input.to().profile()
            : input.from().profile();
    if (!journals.unsettled(tenant).isEmpty()) {
      // The end of that upgrade will ask again.
      return;
    }
    territory.require(input.plan().tenant());
    pruneUnlessBusy(input, profile);
  }

  private Optional<Journal> newestOver(Slug tenant) {
    return journals.over(tenant).stream()
        .max(Comparator.comparing(journal -> journal.state().writtenAt()));
  }

  private static void tell(List<StoredItem> items) {
    for (StoredItem item : items) {
      if (item.deleted()) {
        log.info("{} {} deleted: {}", item.kind(), item.path(), item.reason());
      } else if (!item.keep()) {
        log.warn("{} {}: {}", item.kind(), item.path(), item.problem());
      }
    }
  }

  /** One tenant's trouble must not keep the others from being looked after. */
  private static void isolated(Runnable work) {
    try {
      work.run();
    } catch (StepCancelled overtaken) {
      log.info("not looked after now: an upgrade began");
    } catch (StepFailure refused) {
      log.info("not looked after now: {}", Redaction.of(refused.getMessage()));
    } catch (RuntimeException e) {
      log.error("cannot be looked after", Redaction.of(e));
    }
  }

  /** Deletes nothing more. */
  public void stop() {
    StepCancelled ends = new StepCancelled("the worker ends");
    stopped.request(ends);
    current.request(ends);
  }
}
