package dev.uplift.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.uplift.database.BackUpDatabase;
import dev.uplift.host.HostPaths;
import dev.uplift.host.StepFailure;
import dev.uplift.journal.Journal;
import dev.uplift.journal.JournalState;
import dev.uplift.journal.Journals;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.HealthCheck;
import dev.uplift.release.CommitId;
import dev.uplift.release.Tag;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.Deployed;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Operation;
import dev.uplift.upgrade.Release;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import dev.uplift.upgrade.UpgradeOptions;
import dev.uplift.upgrade.UpgradePlan;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a rollback undoes, as real journals tell it. */
class LastSuccessTest {
  private static final Slug ACME = Slug.of("acme");
  private static final CommitId ONE = CommitId.of("1".repeat(40));
  private static final CommitId TWO = CommitId.of("2".repeat(40));
  private static final CommitId THREE = CommitId.of("3".repeat(40));
  private static final AppProfile PROFILE = profile("db/pocket.db");
  private static final String KEPT =
      "{\"backup\":\"/srv/acme/db/pocket.db.backup_1\",\"journal_mode\":\"wal\",\"kept\":true,\"seal\":\"s\"}";
  @TempDir Path state;
  private final Map<UUID, Long> sequences = new HashMap<>();
  private Journals journals;

  @BeforeEach
  void open() {
    journals = new Journals(new HostPaths(state));
  }

  @Test
  void itIsTheNewestThatWasCommitted() {
    success("v1", ONE, "v2", TWO, KEPT);
    UUID last = success("v2", TWO, "v3", THREE, KEPT);
    Journal turnedBack = begun("v3", Tag.of("v3"), THREE, "v4", ONE, KEPT);
    turnedBack.turnBack("workflow");
    turnedBack.restored();
    journals.close(turnedBack);

    LastSuccess found = find(THREE);

    assertThat(found.id()).isEqualTo(last);
    assertThat(found.operation()).isEqualTo(Operation.UPGRADE);
    assertThat(found.tag()).isEqualTo(Tag.of("v2"));
    assertThat(found.before().commit()).isEqualTo(TWO);
    assertThat(found.backup().database()).isEqualTo(Path.of("/srv/acme/db/pocket.db.backup_1"));
  }

  @Test
  void itIsTheOneWithTheNewestBackupThoughTheClockWasSetBack() {
    UUID last = success("v2", TWO, "v3", THREE, KEPT);
    UUID before = success("v1", ONE, "v2", TWO, KEPT);
    sequences.put(before, 1L);
    sequences.put(last, 2L);

    assertThat(find(THREE).id()).isEqualTo(last);
  }

  @Test
  void aLaterOneThatKeptNoBackupIsNotPassedOver() {
    sequences.put(success("v1", ONE, "v2", TWO, KEPT), 1L);
    success("v2", TWO, "v2", TWO, KEPT.replace("true", "false"));

    assertThat(refused(TWO)).hasMessageContaining("keep no backup");
  }

  @Test
  void whereNoBackupHasASequenceTheTimeDecides() {
    sequences.put(success("v1", ONE, "v2", TWO, KEPT), 0L);
    UUID last = success("v2", TWO, "v3", THREE, KEPT);
    sequences.put(last, 0L);

    assertThat(find(THREE).id()).isEqualTo(last);
  }

  @Test
  void aTenantThatWasNeverUpgradedHasNone() {
    assertThat(refused(ONE)).hasMessageContaining("No successful upgrade of acme");
  }

  @Test
  void aCheckoutThatSomebodyMovedIsNotTakenBack() {
    success("v1", ONE, "v2", TWO, KEPT);

    StepFailure refused = refused(THREE);

    assertThat(refused).hasMessageContaining("not at the release");
    assertThat(refused.evidence()).contains(TWO.value(), THREE.value());
  }

  @Test
  void aBackupThatWasNotToBeKeptIsNone() {
    success("v1", ONE, "v2", TWO, KEPT.replace("true", "false"));

    assertThat(refused(TWO)).hasMessageContaining("keep no backup");
  }

  @Test
  void aBackupThatWasNeverCompletedIsNone() {
    success("v1", ONE, "v2", TWO, KEPT.replace("\"s\"", "null"));

    assertThat(refused(TWO)).hasMessageContaining("keep no backup");
  }

  @Test
  void aTenantThatWasAtNoReleaseIsNotTakenBackToThat() {
    Journal journal = begun("v1-3-g1111111", null, ONE, "v2", TWO, KEPT);
    journal.committed(StepResult.of("healthy"));

    assertThat(refused(TWO)).hasMessageContaining("at no release, but at v1-3-g1111111");
  }

  @Test
  void aLaterJournalThatNobodyCanReadCouldBeAnotherSuccess() {
    UUID last = success("v1", ONE, "v2", TWO, KEPT);
    Instant written = journals.find(ACME, last).orElseThrow().state().writtenAt();

    assertThat(catchThrowableOfType(StepFailure.class, () -> find(TWO, written.plusSeconds(1))))
        .hasMessageContaining("cannot be read");
    assertThat(find(TWO, written.minusSeconds(1)).id()).isEqualTo(last);
  }

  @Test
  void anotherThanTheOneThatWasAskedForIsNotUndone() {
    UUID last = success("v1", ONE, "v2", TWO, KEPT);
    UUID asked = UUID.randomUUID();

    StepFailure refused = catchThrowableOfType(StepFailure.class, () -> find(TWO).requireIs(asked));

    assertThat(refused.kind()).isEqualTo(FailureKind.NOTHING_TO_ROLL_BACK);
    assertThat(refused.evidence()).contains(asked.toString(), last.toString());
    find(TWO).requireIs(last);
  }

  @Test
  void aProfileThatMeansAnotherDatabaseByNowIsRefused() {
    success("v1", ONE, "v2", TWO, KEPT);

    StepFailure refused =
        catchThrowableOfType(
            StepFailure.class, () -> find(TWO).requireSameParts(profile("data/other.db")));

    assertThat(refused.kind()).isEqualTo(FailureKind.PROFILE_INVALID);
    assertThat(refused.evidence()).contains("db/pocket.db", "data/other.db");
    find(TWO).requireSameParts(PROFILE);
  }

  private UUID success(String from, CommitId at, String to, CommitId commit, String note) {
    Journal journal = begun(from, Tag.of(from), at, to, commit, note);
    journal.committed(StepResult.of("healthy"));
    journals.close(journal);
    return journal.state().input().plan().upgradeId();
  }

  private Journal begun(
      String from, Tag tag, CommitId at, String to, CommitId commit, String note) {
    Tenant tenant = new Tenant(ACME, "cbapp", HostName.of("one"), "/srv/acme", null, null, null);
    UpgradePlan plan =
        new UpgradePlan(
            UUID.randomUUID(),
            Operation.UPGRADE.protocol(),
            tenant,
            PROFILE,
            null,
            null,
            UpgradeOptions.DEFAULTS,
            "test");
    Deployed before = new Deployed(from, tag, at, PROFILE, true, null, null);
    Release after = new Release(Tag.of(to), commit, PROFILE, null);
    Journal journal = journals.create(new StepInput(plan, before, after, Direction.FORWARD));
    journal.note(BackUpDatabase.BEGUN, note);
    return journal;
  }

  private LastSuccess find(CommitId head) {
    return find(head, null);
  }

  private LastSuccess find(CommitId head, Instant unreadable) {
    List<Path> damaged = new ArrayList<>();
    List<JournalState> committed =
        journals.committed(ACME, damaged::add).stream().map(Journal::state).toList();
    assertThat(damaged).isEmpty();
    return LastSuccess.of(
        ACME,
        committed,
        sequences,
        unreadable == null ? Map.of() : Map.of("x.jsonl", unreadable),
        head);
  }

  private StepFailure refused(CommitId head) {
    StepFailure refused = catchThrowableOfType(StepFailure.class, () -> find(head));
    assertThat(refused).isNotNull();
    assertThat(refused.kind()).isEqualTo(FailureKind.NOTHING_TO_ROLL_BACK);
    return refused;
  }

  private static AppProfile profile(String database) {
    return new AppProfile(
        null,
        database,
        null,
        List.of("{slug}-api"),
        null,
        null,
        List.of(new HealthCheck("http://127.0.0.1:{api_port}/health", 200, null, null)),
        null,
        null,
        null);
  }
}
