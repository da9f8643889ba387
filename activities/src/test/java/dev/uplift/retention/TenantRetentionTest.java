package dev.uplift.retention;

import static dev.uplift.retention.RetainedTenant.ACME;
import static dev.uplift.retention.RetainedTenant.keeping;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.uplift.backup.StoredItem;
import dev.uplift.backup.StoredItem.State;
import dev.uplift.backup.StoredKind;
import dev.uplift.durable.Directories;
import dev.uplift.host.AttemptCancellation;
import dev.uplift.host.Cancellation;
import dev.uplift.host.StepCancelled;
import dev.uplift.host.StepFailure;
import dev.uplift.host.TenantLocks;
import dev.uplift.journal.Journal;
import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Step;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TenantRetentionTest {
  private static final Instant NOW = Instant.parse("2026-12-01T12:00:00Z");
  private static final Instant JANUARY = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant FEBRUARY = Instant.parse("2026-02-01T00:00:00Z");
  private static final Instant MARCH = Instant.parse("2026-03-01T00:00:00Z");
  private static final String OF_JANUARY = "backup_20260101_000000";
  private static final String OF_FEBRUARY = "backup_20260201_000000";
  private static final String OF_MARCH = "backup_20260301_000000";

  @TempDir Path home;
  private RetainedTenant acme;

  @BeforeEach
  void makeTenant() throws Exception {
    acme = new RetainedTenant(home);
  }

  @Test
  void whatADryRunNamesIsWhatPruningDeletes() throws Exception {
    acme.succeeded(JANUARY);
    acme.turnedBack(FEBRUARY);
    acme.succeeded(MARCH);
    List<String> before = acme.kept();

    List<StoredItem> named = prune(keeping(1, 30), true);
    assertThat(acme.kept()).isEqualTo(before);
    List<StoredItem> pruned = prune(keeping(1, 30), false);

    assertThat(named).filteredOn(item -> !item.keep()).hasSize(2).noneMatch(StoredItem::deleted);
    assertThat(pruned)
        .filteredOn(StoredItem::deleted)
        .extracting(StoredItem::path)
        .containsExactlyElementsOf(
            named.stream().filter(item -> !item.keep()).map(StoredItem::path).toList());
    assertThat(acme.kept())
        .containsExactly(
            OF_MARCH, OF_MARCH + ".json", "failed_20260201_000000", "failed_20260201_000000.json");
    assertThat(prune(keeping(1, 30), false)).noneMatch(StoredItem::deleted);
  }

  @Test
  void theBackupOfTheLastSuccessStaysThoughLaterOnesWereTurnedBack() throws Exception {
    acme.succeeded(JANUARY);
    acme.turnedBack(FEBRUARY);
    acme.turnedBack(MARCH);

    List<StoredItem> pruned = prune(keeping(0, 0), false);

    assertThat(acme.kept())
        .containsExactly(OF_JANUARY, OF_JANUARY + ".json", OF_MARCH, OF_MARCH + ".json");
    assertThat(pruned)
        .filteredOn(item -> item.name().endsWith(OF_JANUARY))
        .extracting(StoredItem::reason)
        .containsExactly("the last success is rolled back with it");
  }

  @Test
  void theJournalsOfKeptBackupsStay() throws Exception {
    UUID january = acme.succeeded(JANUARY);
    UUID february = acme.succeeded(FEBRUARY);
    UUID march = acme.succeeded(MARCH);

    // Journals tell by their own clock when they were written, so all of these are young.
    Map<StoredKind, Limits> limits = new EnumMap<>(keeping(2, 0).limits());
    limits.put(StoredKind.JOURNAL, new Limits(0, Duration.ZERO, Long.MAX_VALUE));
    TenantRetention later =
        new TenantRetention(
            acme.configuration(),
            new RetentionPolicy(true, limits),
            acme.journals,
            new TenantLocks(acme.paths()),
            RetainedTenant.clock(Instant.parse("2100-01-01T00:00:00Z")));
    later.prune(acme.tenant(), acme.profile(), false, new AttemptCancellation());

    assertThat(acme.journals.over(ACME))
        .extracting(RetainedTenant::idOf)
        .containsExactlyInAnyOrder(february, march)
        .doesNotContain(january);
  }

  @Test
  void nothingIsDeletedOnABackupThatIsNoLongerGood() throws Exception {
    acme.succeeded(JANUARY);
    acme.succeeded(FEBRUARY);
    acme.succeeded(MARCH);
    flipLastByte(OF_MARCH);

    List<StoredItem> named = prune(keeping(0, 0), true);
    List<StoredItem> pruned = prune(keeping(0, 0), false);

    // The one of March is left to a person, so that of February is the last good one.
    assertThat(acme.kept())
        .containsExactly(OF_FEBRUARY, OF_FEBRUARY + ".json", OF_MARCH, OF_MARCH + ".json");
    assertThat(named)
        .extracting(StoredItem::keep)
        .containsExactlyElementsOf(pruned.stream().map(StoredItem::keep).toList());
    assertThat(list(keeping(0, 0)))
        .filteredOn(item -> item.name().endsWith(OF_MARCH))
        .allMatch(item -> item.state() == State.ALTERED)
        .extracting(StoredItem::problem)
        .containsExactly("its content is not what the manifest says");
  }

  @Test
  void whenNoBackupIsGoodNoneIsDeleted() throws Exception {
    acme.succeeded(JANUARY);
    acme.succeeded(FEBRUARY);
    flipLastByte(OF_JANUARY);
    flipLastByte(OF_FEBRUARY);

    prune(keeping(0, 0), false);
    prune(keeping(0, 0), false);

    assertThat(acme.kept())
        .containsExactly(OF_JANUARY, OF_JANUARY + ".json", OF_FEBRUARY, OF_FEBRUARY + ".json");
  }

  @Test
  void whileAnUpgradeIsOpenNothingIsDeleted() throws Exception {
    acme.succeeded(JANUARY);
    acme.succeeded(FEBRUARY);
    acme.begun(MARCH);
    List<String> before = acme.kept();

    assertThatExceptionOfType(StepFailure.class)
        .isThrownBy(() -> prune(keeping(0, 0), false))
        .matches(refused -> refused.kind() == FailureKind.BUSY);

    assertThat(acme.kept()).isEqualTo(before);
    assertThat(list(keeping(0, 0))).allMatch(StoredItem::keep);
  }

  @Test
  void nothingOfAHeldTenantIsDeleted() throws Exception {
    acme.succeeded(JANUARY);
    acme.succeeded(FEBRUARY);
    Journal journal = acme.begun(MARCH);
    journal.turnBack("workflow");
    journal.held(
        Step.RESTORE_DATABASE,
        new Failure("RestoreDatabase", FailureKind.DISK_FULL, "full", null, null),
        List.of());
    List<String> before = acme.kept();

    assertThatExceptionOfType(StepFailure.class)
        .isThrownBy(() -> prune(keeping(0, 0), false))
        .withMessageContaining("is held");

    assertThat(acme.kept()).isEqualTo(before);
  }

  @Test
  void aStepThatIsAtWorkIsNotWaitedFor() throws Exception {
    acme.succeeded(JANUARY);
    acme.succeeded(FEBRUARY);
    List<String> before = acme.kept();
    TenantLocks locks = new TenantLocks(acme.paths());
    try (TenantLocks.Held step = locks.tryAcquire(ACME, new AttemptCancellation())) {
      // In a thread of its own: whoever holds the lock may take it again.
      CompletableFuture<List<StoredItem>> pruning =
          CompletableFuture.supplyAsync(
              () ->
                  retention(keeping(0, 0), locks)
                      .prune(acme.tenant(), acme.profile(), false, new AttemptCancellation()));

      assertThat(pruning)
          .failsWithin(Duration.ofSeconds(30))
          .withThrowableOfType(ExecutionException.class)
          .withCauseInstanceOf(StepFailure.class)
          .withMessageContaining("The host is at work on acme.");
    }
    assertThat(acme.kept()).isEqualTo(before);
  }

  @Test
  void whoeverIsToldToStopDeletesNothingMore() throws Exception {
    acme.succeeded(JANUARY);
    acme.succeeded(FEBRUARY);
    AttemptCancellation attempt = new AttemptCancellation();
    attempt.request(new StepCancelled("an upgrade begins"));
    List<String> before = acme.kept();

    assertThatExceptionOfType(StepCancelled.class)
        .isThrownBy(
            () ->
                retention(keeping(0, 0), new TenantLocks(acme.paths()))
                    .prune(acme.tenant(), acme.profile(), false, attempt));

    assertThat(acme.kept()).isEqualTo(before);
  }

  @Test
  void verifyingIsRememberedUntilTheBackupChanges() throws Exception {
    acme.succeeded(JANUARY);
    acme.succeeded(FEBRUARY);
    flipLastByte(OF_JANUARY);

    List<StoredItem> verified = verify(null);

    assertThat(verified).extracting(StoredItem::state).containsExactly(State.GOOD, State.ALTERED);
    assertThat(list(keeping(5, 30))).extracting(StoredItem::verifiedAt).containsExactly(NOW, null);
    flipLastByte(OF_JANUARY);
    assertThat(list(keeping(5, 30))).extracting(StoredItem::state).contains(State.ALTERED);
    assertThat(verify("pocket.db." + OF_JANUARY))
        .extracting(StoredItem::state)
        .containsExactly(State.GOOD);
    assertThat(acme.paths().scratch()).isEmptyDirectory();
  }

  /**
   * The copies that stay behind as a kill leaves them: the journal is over, the files are there.
   */
  @Test
  void aCopyThatWasNotToBeKeptGoesWhenItsUpgradeIsKnownToNeedItNoMore() throws Exception {
    acme.keepNoBackups();
    acme.succeeded(JANUARY);
    acme.turnedBack(FEBRUARY);
    acme.succeeded(MARCH);

    // That of the last success stays until the next one.
    assertThat(prune(keeping(0, 0), false))
        .filteredOn(item -> item.kind() == StoredKind.BACKUP)
        .allMatch(item -> item.state() == State.LEFTOVER)
        .extracting(StoredItem::deleted)
        .containsExactlyInAnyOrder(false, true, true);
  }

  @Test
  void theCopyOfAnUpgradeWhoseDamagedJournalWasSetAsideStays() throws Exception {
    acme.keepNoBackups();
    Files.writeString(acme.begun(JANUARY).file(), "damage");
    acme.journals.look(ACME).unreadable().forEach(acme.journals::setAside);

    keepsTheOnlyCopy();
  }

  @Test
  void theCopyOfAnUpgradeThatNoJournalTellsOfStays() throws Exception {
    acme.keepNoBackups();
    acme.begun(JANUARY);
    Directories.remove(home.resolve("state"));

    keepsTheOnlyCopy();
  }

  @Test
  void theCopyOfAnUpgradeThatAPersonReleasedStays() throws Exception {
    acme.keepNoBackups();
    Journal journal = acme.begun(JANUARY);
    journal.turnBack("workflow");
    journal.held(
        Step.RESTORE_DATABASE,
        new Failure("RestoreDatabase", FailureKind.DISK_FULL, "full", null, null),
        List.of());
    journal.released("a person");
    acme.journals.close(journal);

    keepsTheOnlyCopy();
  }

  @Test
  void aCopyThatIsHeldIsNoReasonToDeleteAnotherBackup() throws Exception {
    acme.succeeded(JANUARY);
    acme.keepNoBackups();
    acme.begun(FEBRUARY);
    Directories.remove(home.resolve("state"));

    assertThat(prune(keeping(0, 0), false))
        .extracting(StoredItem::reason)
        .containsExactlyInAnyOrder("the last good backup", "nobody knows how its upgrade ended");
  }

  private void keepsTheOnlyCopy() throws Exception {
    List<String> before = acme.kept();

    List<StoredItem> pruned = prune(keeping(0, 0), false);

    assertThat(pruned)
        .extracting(StoredItem::reason)
        .containsExactly("nobody knows how its upgrade ended");
    assertThat(pruned).allMatch(StoredItem::keep).noneMatch(StoredItem::deleted);
    assertThat(acme.kept()).isEqualTo(before);
  }

  @Test
  void whatIsNotABackupOfUpliftIsListedAndLeftAlone() throws Exception {
    acme.succeeded(JANUARY);
    Files.writeString(acme.database.resolveSibling("pocket.db.backup_20240101_000000"), "by hand");

    List<StoredItem> pruned = prune(keeping(0, 0), false);

    assertThat(pruned)
        .filteredOn(item -> item.state() == State.UNNAMED)
        .extracting(StoredItem::reason)
        .containsExactly("it has no manifest");
    assertThat(acme.kept()).contains("backup_20240101_000000");
  }

  @Test
  void evidenceGoesByItsOwnLimitsWhateverBecomesOfTheBackup() throws Exception {
    UUID upgrade = acme.succeeded(JANUARY);
    Path seen = acme.paths().evidence(ACME).resolve(upgrade.toString());
    Files.createDirectories(seen);
    Files.writeString(seen.resolve("piece.json"), "{}");
    Files.setLastModifiedTime(seen, FileTime.from(NOW.minus(Duration.ofDays(29))));

    prune(keeping(0, 30), false);
    assertThat(seen).exists();
    prune(keeping(0, 29), false);

    assertThat(seen).doesNotExist();
    assertThat(acme.kept()).contains(OF_JANUARY);
  }

  private List<StoredItem> prune(RetentionPolicy policy, boolean dryRun) {
    return retention(policy, new TenantLocks(acme.paths()))
        .prune(acme.tenant(), acme.profile(), dryRun, new AttemptCancellation())
        .stream()
        .filter(item -> item.kind() != StoredKind.JOURNAL)
        .toList();
  }

  private List<StoredItem> list(RetentionPolicy policy) {
    return retention(policy, new TenantLocks(acme.paths())).list(acme.tenant(), acme.profile());
  }

  private List<StoredItem> verify(String name) {
    return retention(keeping(5, 30), new TenantLocks(acme.paths()))
        .verify(acme.tenant(), acme.profile(), name, Cancellation.NEVER);
  }

  private TenantRetention retention(RetentionPolicy policy, TenantLocks locks) {
    return new TenantRetention(
        acme.configuration(), policy, acme.journals, locks, RetainedTenant.clock(NOW));
  }

  private void flipLastByte(String backup) throws Exception {
    Path file = acme.database.resolveSibling("pocket.db." + backup);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
  }
}
