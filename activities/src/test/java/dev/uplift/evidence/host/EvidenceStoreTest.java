package dev.uplift.evidence.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.evidence.EvidencePiece;
import dev.uplift.host.HostPaths;
import dev.uplift.tenant.Slug;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class EvidenceStoreTest {
  private static final Slug ACME = Slug.of("acme");
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  @TempDir Path state;
  private final UUID upgrade = UUID.randomUUID();
  private EvidenceStore store;

  @BeforeEach
  void open() {
    store = new EvidenceStore(new HostPaths(state));
  }

  @Test
  void whatIsKeptIsReadInTheOrderInWhichItWasSeen() throws IOException {
    store.keep(ACME, upgrade, "migrations/a.py", NOW, "one", 0);
    store.keep(ACME, upgrade, "migrations/a.py", NOW, "two", 0);
    store.keep(ACME, upgrade, "git/afterwards", NOW.plusMillis(1), "clean", 0);
    store.sync(ACME, upgrade);

    assertThat(store.read(ACME, upgrade))
        .containsExactly(
            new EvidencePiece("migrations/a.py", NOW, "one", 0),
            new EvidencePiece("migrations/a.py", NOW, "two", 0),
            new EvidencePiece("git/afterwards", NOW.plusMillis(1), "clean", 0));
    assertThat(store.read(ACME, UUID.randomUUID())).isEmpty();
  }

  @Test
  void noSecretIsEverOnTheDiskAndNobodyElseMayReadIt() throws IOException {
    store.keep(ACME, upgrade, "run --token 5ecret", NOW, "DB_PASSWORD=5ecret", 0);

    List<Path> files = files();
    assertThat(files).hasSize(1);
    assertThat(Files.readString(files.get(0))).doesNotContain("5ecret").contains("DB_PASSWORD");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(files.get(0))))
        .isEqualTo("rw-------");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(files.get(0).getParent().getParent())))
        .isEqualTo("rwx------");
  }

  @Test
  void theOldestTextsMakeRoomForTheNewestAndTheirNamesStay() throws IOException {
    String text = "0123456789abcde\n".repeat(4 * 1024);
    for (int i = 0; i < 10; i++) {
      store.keep(ACME, upgrade, "migrations/" + i, NOW.plusMillis(i), text, 0);
    }

    List<EvidencePiece> kept = store.read(ACME, upgrade);
    assertThat(kept).hasSize(10);
    assertThat(kept.get(0)).isEqualTo(new EvidencePiece("migrations/0", NOW, "", 64 * 1024));
    assertThat(kept.get(9).text()).isEqualTo(text);
    assertThat(store.list(ACME).get(0).bytes()).isBetween(4 * 64 * 1024L, EvidenceStore.MAX_BYTES);
  }

  @Test
  void ofVeryManyPiecesTheNewestStay() throws IOException {
    for (int i = 0; i < 210; i++) {
      store.keep(ACME, upgrade, "migrations/" + i, NOW.plusMillis(i), "", 0);
    }

    List<EvidencePiece> kept = store.read(ACME, upgrade);
    assertThat(kept).hasSize(EvidenceStore.MAX_PIECES);
    assertThat(kept.get(0).name()).isEqualTo("migrations/10");
  }

  @Test
  void whatIsKeptOfATenantIsListedAndDeletedByItsUpgrade() throws IOException {
    UUID other = UUID.randomUUID();
    store.keep(ACME, upgrade, "a", NOW, "a", 0);
    store.keep(ACME, other, "b", NOW, "b", 0);
    Files.createDirectory(state.resolve("tenants/acme/evidence/lost+found"));

    assertThat(store.list(ACME))
        .extracting(EvidenceStore.Kept::upgradeId)
        .containsExactlyInAnyOrder(upgrade, other);
    assertThat(store.list(ACME)).allSatisfy(kept -> assertThat(kept.bytes()).isPositive());
    store.delete(ACME, upgrade);
    store.delete(ACME, upgrade);

    assertThat(store.list(ACME)).extracting(EvidenceStore.Kept::upgradeId).containsExactly(other);
    assertThat(store.list(Slug.of("nobody"))).isEmpty();
  }

  @Test
  void aFileThatAPowerCutLeftHalfIsLeftOut() throws IOException {
    store.keep(ACME, upgrade, "whole", NOW, "whole", 0);
    store.keep(ACME, upgrade, "half", NOW, "half", 0);
    Path half = files().get(1);
    Files.write(half, new byte[0]);

    assertThat(store.read(ACME, upgrade)).extracting(EvidencePiece::name).containsExactly("whole");
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(state)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }
}
