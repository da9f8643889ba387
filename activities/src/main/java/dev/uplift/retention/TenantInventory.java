package dev.uplift.retention;

import dev.uplift.backup.StoredItem;
import dev.uplift.backup.StoredItem.State;
import dev.uplift.backup.StoredKind;
import dev.uplift.database.BackUpDatabase;
import dev.uplift.database.StoredDatabase;
import dev.uplift.database.StoredDatabases;
import dev.uplift.evidence.host.EvidenceStore;
import dev.uplift.host.TenantPaths;
import dev.uplift.journal.Journal;
import dev.uplift.journal.JournalState;
import dev.uplift.journal.Journals;
import dev.uplift.journal.NewestSuccess;
import dev.uplift.profile.AppProfile;
import dev.uplift.retention.Item.Standing;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** What is there of one tenant, read once. */
final class TenantInventory {
  /** Whoever released a tenant has not said what became of its database. */
  private static final Set<JournalState.Phase> NEEDS_NO_BACKUP =
      Set.of(JournalState.Phase.COMMITTED, JournalState.Phase.RESTORED);

  private final Slug tenant;
  private final Journals journals;
  private final Verifications verifications;
  private final StoredDatabases databases;
  private final List<Journal> over;
  private final List<StoredDatabase> stored;
  private final String holdOfAll;

  TenantInventory(
      Tenant tenant, AppProfile profile, Journals journals, Verifications verifications) {
    this.tenant = tenant.id();
    this.journals = journals;
    this.verifications = verifications;
    // One that is closed in between is in both, and not in neither.
    List<Journal> open = journals.unsettled(tenant.id());
    this.over = journals.over(tenant.id());
    this.holdOfAll =
        open.isEmpty() ? null : "upgrade " + idOf(open.get(0)) + " is not over, or needs a person";
    this.databases =
        StoredDatabases.of(
            TenantPaths.of(tenant, profile),
            tenant.id(),
            over.stream()
                .map(journal -> journal.state().note(BackUpDatabase.BEGUN))
                .flatMap(Optional::stream)
                .toList(),
            over.stream()
                .filter(this::isOfTenant)
                .filter(journal -> NEEDS_NO_BACKUP.contains(journal.state().phase()))
                .map(TenantInventory::idOf)
                .collect(Collectors.toSet()));
    this.stored = databases.list();
  }

  StoredDatabases databases() {
    return databases;
  }

  /** As their manifests have them, whatever verifying them showed. */
  List<StoredDatabase> stored() {
    return stored;
  }

  /**
   * Backups and failed databases.
   *
   * @param alterations what was seen of some just now, by name
   */
  List<Entry> ofDatabases(Map<String, String> alterations) {
    Optional<UUID> lastSuccess = lastSuccess();
    List<Entry> entries = new ArrayList<>();
    for (StoredDatabase listed : stored) {
      Optional<Verification> verification =
          listed.kind() == StoredKind.BACKUP
              ? verifications.of(tenant, listed.name())
              : Optional.empty();
      StoredDatabase known = known(listed, verification, alterations.get(listed.name()));
      boolean ofLastSuccess =
          listed.upgradeId() != null
              && lastSuccess.equals(Optional.of(listed.upgradeId()))
              && listed.kind() == StoredKind.BACKUP;
      entries.add(
          new Entry(
              new Item(
                  known.kind(),
                  known.name(),
                  known.sequence(),
                  known.createdAt() == null ? Instant.MIN : known.createdAt(),
                  known.bytes(),
                  standing(known),
                  known.problem(),
                  holdOf(known, ofLastSuccess)),
              shown(known, verification),
              () -> delete(listed)));
    }
    return entries;
  }

  private static StoredDatabase known(
      StoredDatabase listed, Optional<Verification> verification, String alteration) {
    if (listed.state() != State.GOOD) {
      return listed;
    }
    if (alteration != null) {
      return listed.altered(alteration);
    }
    if (verification.isEmpty()) {
      return listed;
    }
    if (!verification.get().manifestSha256().equals(listed.manifestSha256())) {
      return listed.altered("its manifest was changed since it was verified");
    }
    return verification.get().problem() == null
        ? listed
        : listed.altered(verification.get().problem());
  }

  private String holdOf(StoredDatabase known, boolean ofLastSuccess) {
    if (holdOfAll != null) {
      return holdOfAll;
    }
    if (known.hold() != null) {
      return known.hold();
    }
    return ofLastSuccess ? "the last success is rolled back with it" : null;
  }

  private static Standing standing(StoredDatabase known) {
    return switch (known.state()) {
      // One that was not to be kept is no reason to delete another one.
      case GOOD -> known.hold() == null ? Standing.GOOD : Standing.LEFTOVER;
      case LEFTOVER -> Standing.LEFTOVER;
      case ALTERED, UNNAMED, UNCHECKED -> Standing.UNTOUCHABLE;
    };
  }

  private static StoredItem shown(StoredDatabase known, Optional<Verification> verification) {
    boolean proven = known.state() == State.GOOD && verification.isPresent();
    return new StoredItem(
        known.kind(),
        known.name(),
        known.file().toString(),
        known.createdAt(),
        known.bytes(),
        known.version(),
        known.upgradeId(),
        known.state(),
        known.problem(),
        proven ? verification.get().verifiedAt() : null,
        proven ? verification.get().warnings() : null,
        true,
        null,
        false);
  }

  private boolean delete(StoredDatabase listed) throws IOException {
    boolean deleted = databases.delete(listed);
    if (deleted && listed.kind() == StoredKind.BACKUP) {
      verifications.forget(tenant, listed.name());
    }
    return deleted;
  }

  /** The upgrade that a rollback would undo, if it has a backup. */
  private Optional<UUID> lastSuccess() {
    Map<UUID, Long> sequences =
        stored.stream()
            .filter(listed -> listed.kind() == StoredKind.BACKUP && listed.upgradeId() != null)
            .collect(
                Collectors.toMap(StoredDatabase::upgradeId, StoredDatabase::sequence, Math::max));
    // One without a backup holds none, and must not let go of that of another one.
    List<JournalState> withBackup =
        over.stream()
            .filter(journal -> sequences.containsKey(idOf(journal)))
            .map(Journal::state)
            .filter(state -> state.phase() == JournalState.Phase.COMMITTED)
            .toList();
    return NewestSuccess.of(withBackup, sequences).map(last -> last.input().plan().upgradeId());
  }

  /**
   * Journals of upgrades that are over.
   *
   * @param withBackup the upgrades of which a backup stays
   */
  List<Entry> ofJournals(Set<UUID> withBackup) {
    Optional<Journal> newest = newest();
    return over.stream()
        .map(
            journal ->
                new Entry(
                    new Item(
                        StoredKind.JOURNAL,
                        idOf(journal).toString(),
                        0,
                        journal.state().writtenAt(),
                        journal.length(),
                        isOfTenant(journal) ? Standing.GOOD : Standing.UNTOUCHABLE,
                        isOfTenant(journal) ? null : "it is of another tenant",
                        holdOf(journal, newest, withBackup)),
                    new StoredItem(
                        StoredKind.JOURNAL,
                        idOf(journal).toString(),
                        journal.file().toString(),
                        journal.state().writtenAt(),
                        journal.length(),
                        null,
                        idOf(journal),
                        isOfTenant(journal) ? State.GOOD : State.ALTERED,
                        isOfTenant(journal) ? null : "it is of another tenant",
                        null,
                        null,
                        true,
                        null,
                        false),
                    () -> {
                      journals.delete(journal);
                      return true;
                    }))
        .toList();
  }

  List<Entry> ofEvidence(EvidenceStore store) throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (EvidenceStore.Kept kept : store.list(tenant)) {
      String name = kept.upgradeId().toString();
      entries.add(
          new Entry(
              new Item(
                  StoredKind.EVIDENCE,
                  name,
                  0,
                  kept.writtenAt(),
                  kept.bytes(),
                  Standing.GOOD,
                  null,
                  holdOfAll),
              new StoredItem(
                  StoredKind.EVIDENCE,
                  name,
                  null,
                  kept.writtenAt(),
                  kept.bytes(),
                  null,
                  kept.upgradeId(),
                  State.GOOD,
                  null,
                  null,
                  null,
                  true,
                  null,
                  false),
              () -> {
                store.delete(tenant, kept.upgradeId());
                return true;
              }));
    }
    return entries;
  }

  private String holdOf(Journal journal, Optional<Journal> newest, Set<UUID> withBackup) {
    if (holdOfAll != null) {
      return holdOfAll;
    }
    if (withBackup.contains(idOf(journal))) {
      return "its backup is kept";
    }
    return newest.filter(journal::equals).isPresent() ? "the newest of its tenant" : null;
  }

  private boolean isOfTenant(Journal journal) {
    return journal.state().input().plan().tenant().id().equals(tenant);
  }

  /** By which the host finds its tenants. */
  private Optional<Journal> newest() {
    return over.stream().max(Comparator.comparing(journal -> journal.state().writtenAt()));
  }

  static UUID idOf(Journal journal) {
    return journal.state().input().plan().upgradeId();
  }
}
