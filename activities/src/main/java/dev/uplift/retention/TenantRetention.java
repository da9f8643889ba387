package dev.uplift.retention;

import dev.uplift.backup.StoredItem;
import dev.uplift.backup.StoredItem.State;
import dev.uplift.backup.StoredKind;
import dev.uplift.database.BackupProof;
import dev.uplift.database.StoredDatabase;
import dev.uplift.evidence.host.EvidenceStore;
import dev.uplift.host.AttemptCancellation;
import dev.uplift.host.Cancellation;
import dev.uplift.host.HostConfiguration;
import dev.uplift.host.HostPaths;
import dev.uplift.host.StepCancelled;
import dev.uplift.host.StepFailure;
import dev.uplift.host.TenantLocks;
import dev.uplift.journal.Journal;
import dev.uplift.journal.Journals;
import dev.uplift.profile.AppProfile;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lists, verifies and prunes what upgrades left of a tenant. */
public final class TenantRetention {
  private static final Logger log = LoggerFactory.getLogger(TenantRetention.class);

  private final HostPaths paths;
  private final long keepFreeBytes;
  private final RetentionPolicy policy;
  private final Journals journals;
  private final TenantLocks locks;
  private final Verifications verifications;
  private final EvidenceStore evidence;
  private final Clock clock;
  private final Semaphore proving = new Semaphore(1, true);

  public TenantRetention(
      HostConfiguration configuration,
      RetentionPolicy policy,
      Journals journals,
      TenantLocks locks,
      Clock clock) {
    this.paths = configuration.paths();
    this.keepFreeBytes = configuration.keepFreeBytes();
    this.policy = policy;
    this.journals = journals;
    this.locks = locks;
    this.verifications = new Verifications(paths);
    this.evidence = new EvidenceStore(paths);
    this.clock = clock;
  }

  /** Backups and failed databases, and what pruning would do with each. */
  List<StoredItem> list(Tenant tenant, AppProfile profile) {
    List<Entry> entries =
        new TenantInventory(tenant, profile, journals, verifications).ofDatabases(Map.of());
    return told(entries, decide(entries));
  }

  /**
   * Restores each backup into scratch and remembers what that showed.
   *
   * @param name of the only one; null for all
   */
  List<StoredItem> verify(
      Tenant tenant, AppProfile profile, String name, Cancellation cancellation) {
    TenantInventory inventory = new TenantInventory(tenant, profile, journals, verifications);
    Map<String, String> undecided = new HashMap<>();
    for (StoredDatabase listed : inventory.stored()) {
      if (listed.kind() == StoredKind.BACKUP
          && listed.state() == State.GOOD
          && (name == null || name.equals(listed.name()))) {
        awaitTurn(cancellation);
        try {
          prove(tenant.id(), listed, cancellation)
              .ifPresent(why -> undecided.put(listed.name(), why));
        } finally {
          proving.release();
        }
      }
    }
    return list(tenant, profile).stream()
        .filter(item -> item.kind() == StoredKind.BACKUP)
        .filter(item -> name == null || name.equals(item.name()))
        .map(
            item ->
                undecided.containsKey(item.name())
                    ? unchecked(item, undecided.get(item.name()))
                    : item)
        .toList();
  }

  // Each needs room in scratch, and the disk serves the tenants first.
  private void awaitTurn(Cancellation cancellation) {
    try {
      while (!proving.tryAcquire(1, TimeUnit.SECONDS)) {
        cancellation.check();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StepCancelled("interrupted");
    }
  }

  /** Why it cannot be told; empty if it can. */
  private Optional<String> prove(Slug tenant, StoredDatabase listed, Cancellation cancellation) {
    BackupProof.Outcome outcome =
        BackupProof.of(
            listed,
            paths.scratch().resolve("verify-" + UUID.randomUUID()),
            keepFreeBytes,
            cancellation);
    if (outcome.undecided() != null) {
      return Optional.of(outcome.undecided());
    }
    if (outcome.problem() != null) {
      log.error("backup {} of {} is not good: {}", listed.file(), tenant, outcome.problem());
    }
    remember(tenant, listed, outcome.problem(), outcome.warnings());
    return Optional.empty();
  }

  private void remember(Slug tenant, StoredDatabase listed, String problem, List<String> warnings) {
    try {
      verifications.put(
          tenant,
          listed.name(),
          new Verification(listed.manifestSha256(), clock.instant(), problem, warnings));
    } catch (IOException e) {
      throw new UncheckedIOException("what verifying showed cannot be kept", e);
    }
  }

  private static StoredItem unchecked(StoredItem item, String why) {
    return new StoredItem(
        item.kind(),
        item.name(),
        item.path(),
        item.createdAt(),
        item.bytes(),
        item.version(),
        item.upgradeId(),
        State.UNCHECKED,
        why,
        item.verifiedAt(),
        item.warnings(),
        item.keep(),
        item.reason(),
        false);
  }

  /**
   * Deletes what the policy does not keep, oldest first, and tells of everything that it looked at.
   * An upgrade that begins meanwhile is given way to.
   *
   * @throws StepFailure {@code busy} if an upgrade of the tenant is open
   */
  List<StoredItem> prune(
      Tenant tenant, AppProfile profile, boolean dryRun, AttemptCancellation attempt) {
    try (TenantLocks.Held held = locks.tryAcquire(tenant.id(), attempt)) {
      if (held == null) {
        throw new StepFailure(
            FailureKind.BUSY,
            "The host is at work on " + tenant.id() + ".",
            null,
            "Try again when that is over.");
      }
      for (Journal open : journals.unsettled(tenant.id())) {
        throw open.busy();
      }
      return pruneLocked(tenant, profile, dryRun, attempt);
    }
  }

  private List<StoredItem> pruneLocked(
      Tenant tenant, AppProfile profile, boolean dryRun, AttemptCancellation attempt) {
    TenantInventory inventory = new TenantInventory(tenant, profile, journals, verifications);
    List<Entry> entries = inventory.ofDatabases(Map.of());
    List<Verdict> verdicts = decide(entries);
    Map<String, String> alterations = new HashMap<>();
    Optional<StoredDatabase> successor;
    while ((successor = successorToProve(inventory, verdicts, alterations)).isPresent()) {
      StoredDatabase newest = successor.get();
      String alteration = alteration(inventory, newest, attempt);
      alterations.put(newest.name(), alteration);
      if (alteration == null) {
        break;
      }
      log.error("backup {} of {} is not good: {}", newest.file(), tenant.id(), alteration);
      if (!dryRun) {
        remember(tenant.id(), newest, alteration, List.of());
      }
      entries = inventory.ofDatabases(alterations);
      verdicts = decide(entries);
    }
    if (!dryRun) {
      forgetThoseThatAreGone(tenant.id(), inventory);
    }
    List<StoredItem> told = new ArrayList<>(apply(entries, verdicts, dryRun, attempt));
    List<Entry> ofJournals = inventory.ofJournals(upgradesWithBackup(told, dryRun));
    told.addAll(apply(ofJournals, decide(ofJournals), dryRun, attempt));
    List<Entry> ofEvidence = evidence(inventory);
    told.addAll(apply(ofEvidence, decide(ofEvidence), dryRun, attempt));
    return told;
  }

  /**
   * The backup on which others are deleted, as long as nobody has read it: it may have been damaged
   * since it was made.
   */
  private static Optional<StoredDatabase> successorToProve(
      TenantInventory inventory, List<Verdict> verdicts, Map<String, String> seen) {
    boolean deletesBackups =
        verdicts.stream()
            .anyMatch(
                verdict ->
                    !verdict.keep()
                        && verdict.item().kind() == StoredKind.BACKUP
                        && verdict.item().standing() == Item.Standing.GOOD);
    return verdicts.stream()
        .map(Verdict::item)
        .filter(item -> item.kind() == StoredKind.BACKUP)
        .filter(item -> item.standing() == Item.Standing.GOOD)
        .findFirst()
        .filter(newest -> deletesBackups && !seen.containsKey(newest.name()))
        .flatMap(
            newest ->
                inventory.stored().stream()
                    .filter(listed -> listed.name().equals(newest.name()))
                    .findFirst());
  }

  private void forgetThoseThatAreGone(Slug tenant, TenantInventory inventory) {
    try {
      verifications.forgetAllBut(
          tenant,
          inventory.stored().stream().map(StoredDatabase::name).collect(Collectors.toSet()));
    } catch (IOException leftForNextTime) {
      log.warn("what verifying showed cannot be cleared away", leftForNextTime);
    }
  }

  private static String alteration(
      TenantInventory inventory, StoredDatabase newest, Cancellation cancellation) {
    try {
      return inventory.databases().alteration(newest, cancellation).orElse(null);
    } catch (IOException unreadable) {
      return "it cannot be read: " + unreadable.getMessage();
    }
  }

  private List<Entry> evidence(TenantInventory inventory) {
    try {
      return inventory.ofEvidence(evidence);
    } catch (IOException unreadable) {
      log.warn("evidence cannot be looked after", unreadable);
      return List.of();
    }
  }

  private static Set<UUID> upgradesWithBackup(List<StoredItem> told, boolean dryRun) {
    Set<UUID> kept = new HashSet<>();
    for (StoredItem item : told) {
      boolean stays = dryRun ? item.keep() : !item.deleted();
      if (item.kind() == StoredKind.BACKUP && item.upgradeId() != null && stays) {
        kept.add(item.upgradeId());
      }
    }
    return kept;
  }

  private List<Verdict> decide(List<Entry> entries) {
    return Retention.decide(policy, entries.stream().map(Entry::item).toList(), clock.instant());
  }

  private static List<StoredItem> told(List<Entry> entries, List<Verdict> verdicts) {
    return apply(entries, verdicts, true, Cancellation.NEVER);
  }

  /** Deletes, oldest first, and tells all in the order of the verdicts. */
  static List<StoredItem> apply(
      List<Entry> entries, List<Verdict> verdicts, boolean dryRun, Cancellation cancellation) {
    Map<Item, Entry> byItem = new HashMap<>();
    entries.forEach(entry -> byItem.put(entry.item(), entry));
    List<StoredItem> told = new ArrayList<>();
    for (int i = verdicts.size() - 1; i >= 0; i--) {
      Verdict verdict = verdicts.get(i);
      Entry entry = byItem.get(verdict.item());
      told.add(
          0,
          verdict.keep() || dryRun
              ? entry.told(verdict, false, null)
              : deleted(entry, verdict, cancellation));
    }
    return told;
  }

  private static StoredItem deleted(Entry entry, Verdict verdict, Cancellation cancellation) {
    try {
      cancellation.check();
      boolean gone = entry.deletion().run();
      return entry.told(
          verdict, gone, gone ? null : "it was not deleted: somebody has changed or wants it");
    } catch (StepCancelled handedOver) {
      return entry.told(verdict, false, "it was not deleted: something else had to be done first");
    } catch (IOException | UncheckedIOException refused) {
      log.warn("{} cannot be deleted", entry.shown().path(), refused);
      return entry.told(verdict, false, "it cannot be deleted: " + refused);
    }
  }
}
