package dev.uplift.code;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.release.Tag;
import dev.uplift.version.VersionInfo;
import dev.uplift.version.VersionRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LookUpVersionTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
  @TempDir Path root;
  private GitWorld world;

  @BeforeEach
  void createWorld() {
    world = GitWorld.create(root);
  }

  @Test
  void itTellsDeployedAndLatest() {
    String old = world.commit(world.upstream, "v0.2.0").abbreviated();
    String latest = world.commit(world.upstream, "v0.3.0").value();

    assertThat(lookUp(null))
        .isEqualTo(
            new VersionInfo(
                "v0.2.0", old, "v0.3.0", latest.substring(0, 7), true, latest, null, NOW));
    assertThat(lookUp(GitWorld.OLD).targetCommit())
        .isEqualTo(world.commit(world.upstream, "v0.2.0").value());
    assertThat(lookUp(Tag.of("v9.9.9")).targetCommit()).isNull();
  }

  @Test
  void aTenantAtTheLatestHasNothingToUpgradeTo() {
    world.git(world.checkout, "checkout", "--quiet", "v0.3.0");

    assertThat(lookUp(null).upgradeAvailable()).isFalse();
  }

  @Test
  void aTenantBeyondTheLatestHasNothingToUpgradeTo() {
    world.git(world.checkout, "checkout", "--quiet", "v0.3.0");
    world.git(world.checkout, "commit", "--quiet", "--allow-empty", "--message", "hotfix");

    assertThat(lookUp(null).upgradeAvailable()).isFalse();
  }

  @Test
  void withoutTheUpstreamItTellsWhatTheHostKnew() throws IOException {
    world.fetch(world.plan(GitWorld.NEW, null));
    Files.move(world.upstream, root.resolve("gone"));

    VersionInfo info = lookUp(null);

    assertThat(info.latestVersion()).isEqualTo("v0.3.0");
    assertThat(info.upstreamError()).contains("cannot be fetched from");
  }

  @Test
  void aHostThatKnowsNothingSaysSo() throws IOException {
    Files.move(world.upstream, root.resolve("gone"));

    VersionInfo info = lookUp(null);

    assertThat(info.deployedVersion()).isEqualTo("v0.2.0");
    assertThat(info.latestVersion()).isNull();
    assertThat(info.upgradeAvailable()).isFalse();
    assertThat(info.upstreamError()).isNotBlank();
  }

  private VersionInfo lookUp(Tag target) {
    return new LookUpVersion(world.mirrors, Clock.fixed(NOW, ZoneOffset.UTC), GitWorld.PATIENCE)
        .lookUpVersion(new VersionRequest(world.tenant(), GitWorld.profile(), target));
  }
}
