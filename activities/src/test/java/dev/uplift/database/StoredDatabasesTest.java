package dev.uplift.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.uplift.backup.StoredItem.State;
import dev.uplift.backup.StoredKind;
import dev.uplift.durable.Directories;
import dev.uplift.host.Cancellation;
import dev.uplift.host.StepFailure;
import dev.uplift.tenant.Slug;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class StoredDatabasesTest {
  private static final String NAME = "pocket.db.backup_20251211_225756";
  @TempDir static Path directory;
  private final Path home = directory.resolve("home");
  private StoppedTenant tenant;
  private Path backup;
  private Path manifest;

  @BeforeAll
  static void backUp() throws Exception {
    Path home = directory.resolve("home");
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL).withState("version.txt");
    Files.writeString(tenant.paths.checkout().resolve("version.txt"), "1");
    tenant.backUp();
    copy(home, directory.resolve("template"));
  }

  /** At the same path each time, since that is in the manifest. */
  @BeforeEach
  void reset() throws Exception {
    Directories.remove(home);
    copy(directory.resolve("template"), home);
    tenant = StoppedTenant.at(home).withState("version.txt");
    backup = tenant.database().resolveSibling(NAME);
    manifest = tenant.database().resolveSibling(NAME + ".json");
  }

  @Test
  void aBackupIsToldAsItsManifestHasIt() throws Exception {
    StoredDatabase listed = only();

    assertThat(listed.kind()).isEqualTo(StoredKind.BACKUP);
    assertThat(listed.state()).isEqualTo(State.GOOD);
    assertThat(listed.problem()).isNull();
    assertThat(listed.createdAt()).isEqualTo(Instant.parse("2025-12-11T22:57:56Z"));
    assertThat(listed.version()).isEqualTo("v0.2.0");
    assertThat(listed.upgradeId()).isEqualTo(StoppedTenant.UPGRADE);
    assertThat(listed.sequence()).isEqualTo(1);
    assertThat(listed.bytes()).isEqualTo(Files.size(backup) + 1);
  }

  @Test
  void aFailedDatabaseIsNamedByAManifestOfItsOwn() throws Exception {
    tenant.sql("UPDATE person SET name='migrated'");
    tenant.restore();

    StoredDatabase failed =
        tenant.stored().list().stream()
            .filter(listed -> listed.kind() == StoredKind.FAILED_DATABASE)
            .findFirst()
            .orElseThrow();

    assertThat(failed.name()).isEqualTo("pocket.db.failed_20251211_225756");
    assertThat(failed.state()).isEqualTo(State.GOOD);
    assertThat(failed.upgradeId()).isEqualTo(StoppedTenant.UPGRADE);
    assertThat(tenant.stored().delete(failed)).isTrue();
    assertThat(tenant.filesBeside())
        .containsExactly("pocket.db", NAME, NAME + ".json", NAME + ".state");
  }

  /** What was done to a backup, and what is said of it then. */
  private interface Harm {
    void to(Path backup, Path manifest) throws Exception;
  }

  static Stream<Arguments> harm() {
    return Stream.of(
        harm("truncated", "bytes, the manifest says", (b, m) -> truncate(b)),
        harm("removed", "the copy of the database is missing", (b, m) -> Files.delete(b)),
        harm("a directory", "it is not a regular file", (b, m) -> replaceByDirectory(b)),
        harm("a link", "it is not a regular file", (b, m) -> replaceByLink(b)),
        harm("no manifest", "it has no manifest", (b, m) -> Files.delete(m)),
        harm("garbage", "its manifest is not one of Uplift's", (b, m) -> Files.writeString(m, "x")),
        harm("nothing", "its manifest is not one of Uplift's", (b, m) -> Files.writeString(m, "")),
        harm("other json", "its manifest has format 0", (b, m) -> Files.writeString(m, "{}")),
        harm("a list", "its manifest is not one of Uplift's", (b, m) -> Files.writeString(m, "[]")),
        harm("huge", "cannot be read: it is larger", (b, m) -> Files.write(m, new byte[2 << 20])),
        harm("a manifest that is a link", "is not a regular file", (b, m) -> replaceByLink(m)),
        harm(
            "a newer format",
            "has format 2, this worker knows 1",
            edit("format\" : 1", "format\" : 2")),
        harm("of another tenant", "is of tenant zeta", edit("\"acme\"", "\"zeta\"")),
        harm(
            "of another database",
            "is of another database",
            edit("/db/pocket.db\"", "/../other/pocket.db\"")),
        harm(
            "a state file outside",
            "names a state file outside",
            edit("\"version.txt\"", "\"../../etc/passwd\"")),
        harm(
            "an absolute state file",
            "names a state file outside",
            edit("\"version.txt\"", "\"/etc/passwd\"")),
        harm(
            "no upgrade",
            "its manifest is not one of Uplift's",
            edit(StoppedTenant.UPGRADE.toString(), "no upgrade")),
        harm("no time", "its manifest is not one of Uplift's", edit("2025-12-11T", "yesterday")));
  }

  private static Arguments harm(String name, String told, Harm harm) {
    return Arguments.of(name, told, harm);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("harm")
  void aBackupThatIsNotWhatItWasIsToldAndNeverDeleted(String name, String told, Harm harm)
      throws Exception {
    harm.to(backup, manifest);
    // Whatever a note knows: most of these are found by a worker that has no note any more.
    StoredDatabases stored = StoredDatabases.of(tenant.paths, Slug.of("acme"), List.of(), Set.of());
    List<String> before = tenant.filesBeside();

    StoredDatabase listed = stored.list().get(0);

    assertThat(listed.state()).isIn(State.ALTERED, State.UNNAMED);
    assertThat(listed.problem()).contains(told);
    assertThat(stored.delete(listed)).isFalse();
    assertThat(tenant.filesBeside()).isEqualTo(before);
  }

  @Test
  void aManifestThatWasChangedIsKnownByTheSealInTheJournal() throws Exception {
    edit("\"v0.2.0\"", "\"v0.1.0\"").to(backup, manifest);

    assertThat(only().problem()).isEqualTo("its manifest was changed");
  }

  @Test
  void anAlterationWithinTheSameSizeIsFoundByReading() throws Exception {
    StoredDatabase listed = only();
    assertThat(tenant.stored().alteration(listed, Cancellation.NEVER)).isEmpty();

    flipLastByte(backup);

    assertThat(only().state()).isEqualTo(State.GOOD);
    assertThat(tenant.stored().alteration(listed, Cancellation.NEVER))
        .contains("its content is not what the manifest says");
  }

  @Test
  void whatOnlyLooksLikeABackupIsLeftAloneWhenOneIsDeleted() throws Exception {
    Path outside = Files.writeString(home.resolve("outside"), "data");
    List<String> others =
        List.of(
            NAME + ".gz",
            NAME + "_before_holiday",
            "pocket.db.backup_old.json",
            "pocket.db.backup_20251211.json",
            "other.db.backup_20251211_225756",
            "other.db.backup_20251211_225756.json",
            "pocket.db.bak");
    for (String other : others) {
      Files.writeString(tenant.database().resolveSibling(other), "{}");
    }
    Path link = tenant.database().resolveSibling(NAME + ".state/link");
    Files.createSymbolicLink(link, outside);
    StoredDatabase listed = only();

    assertThat(tenant.stored().delete(listed)).isTrue();

    assertThat(outside).hasContent("data");
    assertThat(tenant.filesBeside())
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(others.stream(), Stream.of("pocket.db")).toList());
  }

  @Test
  void nothingIsDeletedThatHasChangedSinceItWasListed() throws Exception {
    StoredDatabase listed = only();
    Files.writeString(manifest, "{}");

    assertThat(tenant.stored().delete(listed)).isFalse();
    assertThat(backup).exists();
  }

  @Test
  void aBackupUntilTheCommitThatStayedBehindIsALeftover() throws Exception {
    tenant.stored().delete(only());
    Files.delete(tenant.notes.directory().resolve(BackUpDatabase.BEGUN));
    tenant.keepingNoBackup().backUp();

    assertThat(only().state()).isEqualTo(State.LEFTOVER);
    assertThat(only().problem()).isEqualTo("its upgrade was to keep no backup");
    assertThat(tenant.stored().delete(only())).isTrue();
    assertThat(tenant.filesBeside()).containsExactly("pocket.db");
  }

  @Test
  void aBackupUntilTheCommitOfAnUpgradeThatEndedNobodyKnowsHowIsHeld() throws Exception {
    tenant.stored().delete(only());
    Files.delete(tenant.notes.directory().resolve(BackUpDatabase.BEGUN));
    tenant.keepingNoBackup().backUp();

    StoredDatabase listed = tenant.stored(Set.of(UUID.randomUUID())).list().get(0);

    assertThat(listed.state()).isEqualTo(State.GOOD);
    assertThat(listed.hold()).isEqualTo("nobody knows how its upgrade ended");
    assertThat(only().hold()).isNull();
  }

  @Test
  void eachBackupIsNumberedAfterThoseThatAreThere() throws Exception {
    Files.delete(tenant.notes.directory().resolve(BackUpDatabase.BEGUN));
    tenant.backUp();

    // The clock stands still, and the second one has the name that comes after.
    assertThat(tenant.stored().list())
        .extracting(StoredDatabase::name, StoredDatabase::sequence)
        .containsExactly(tuple(NAME, 1L), tuple(NAME + "_2", 2L));
  }

  @Test
  void theSequenceOfABackupIsFoundByWhatItsUpgradeWroteDown() throws Exception {
    CompletedBackup told = CompletedBackup.of(tenant.notes.get(BackUpDatabase.BEGUN)).orElseThrow();

    assertThat(told.sequence(StoppedTenant.UPGRADE)).contains(1L);
    assertThat(told.sequence(UUID.randomUUID())).isEmpty();
    tenant.stored().delete(only());
    assertThat(told.sequence(StoppedTenant.UPGRADE)).isEmpty();
  }

  @Test
  void aDirectoryOfTheDatabaseThatIsALinkIsRefused() throws Exception {
    Path db = tenant.database().getParent();
    Files.move(db, home.resolve("elsewhere"));
    Files.createSymbolicLink(db, home.resolve("elsewhere"));

    assertThatThrownBy(() -> tenant.stored()).isInstanceOf(StepFailure.class);
  }

  private static void copy(Path from, Path to) throws Exception {
    Process cp = new ProcessBuilder("cp", "-a", from.toString(), to.toString()).inheritIO().start();
    assertThat(cp.waitFor()).isZero();
  }

  private StoredDatabase only() {
    List<StoredDatabase> listed = tenant.stored().list();
    assertThat(listed).hasSize(1);
    return listed.get(0);
  }

  private static Harm edit(String from, String to) {
    return (backup, manifest) -> {
      String text = Files.readString(manifest);
      assertThat(text).contains(from);
      UnaryOperator<String> change = json -> json.replace(from, to);
      Files.writeString(manifest, change.apply(text));
    };
  }

  private static void truncate(Path file) throws IOException {
    try (var channel = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
      channel.truncate(4096);
    }
  }

  private static void replaceByDirectory(Path file) throws IOException {
    Files.delete(file);
    Files.createDirectory(file);
  }

  private static void replaceByLink(Path file) throws IOException {
    Path away = file.resolveSibling("away");
    Files.move(file, away);
    Files.createSymbolicLink(file, away);
  }

  static void flipLastByte(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
  }
}
