package dev.uplift.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.host.StepFailure;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.Migrations;
import dev.uplift.profile.ReleaseProfile;
import dev.uplift.profile.Upstream;
import dev.uplift.release.CommitId;
import dev.uplift.release.Tag;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Release;
import dev.uplift.upgrade.UpgradeOptions;
import dev.uplift.upgrade.UpgradePlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FetchReleaseTest {
  private static final UpgradeOptions FORCED = new UpgradeOptions(true, true, true, "test");
  @TempDir Path root;
  private GitWorld world;

  @BeforeEach
  void createWorld() {
    world = GitWorld.create(root);
  }

  @Test
  void aTagIsResolvedAndTheCheckoutNotTouched() {
    SortedMap<String, String> before = world.picture();

    Release release = world.fetch(world.plan(GitWorld.NEW, null));

    assertThat(release.commit()).isEqualTo(world.commit(world.upstream, "v0.3.0"));
    assertThat(release.tag()).isEqualTo(GitWorld.NEW);
    assertThat(release.warnings()).isEmpty();
    assertThat(world.picture()).isEqualTo(before);
  }

  @Test
  void theLatestLeavesPreReleasesAndOtherTagsOut() {
    for (String tag : List.of("v0.10.0", "v0.9.0", "v1.0.0-rc.1", "nightly", "v2")) {
      world.git(world.upstream, "tag", tag);
    }

    assertThat(world.fetch(world.plan(null, null)).tag()).isEqualTo(Tag.of("v0.10.0"));
  }

  @Test
  void anUpstreamWithoutReleasesIsToldSo() {
    world.git(world.upstream, "tag", "--delete", "v0.2.0", "v0.3.0");

    assertFails(() -> world.fetch(world.plan(null, null)), FailureKind.TAG_MISSING, "no release");
  }

  @Test
  void anAnnotatedTagIsPeeled() {
    CommitId commit = world.commitUpstream("more");
    world.git(world.upstream, "tag", "--annotate", "--message", "four", "v0.4.0");

    assertThat(world.fetch(world.plan(Tag.of("v0.4.0"), commit)).commit()).isEqualTo(commit);
  }

  @Test
  void aMissingTagNamesTheLatest() {
    assertFails(
        () -> world.fetch(world.plan(Tag.of("v9.9.9"), null)),
        FailureKind.TAG_MISSING,
        "no tag v9.9.9",
        "v0.3.0");
  }

  @Test
  void aBranchIsNoRelease() {
    world.git(world.upstream, "branch", "v9.9.9");

    assertFails(
        () -> world.fetch(world.plan(Tag.of("v9.9.9"), null)),
        FailureKind.TAG_MISSING,
        "a branch, but no tag, named v9.9.9");
  }

  @Test
  void aBranchWithTheTagsNameIsNotMeant() {
    world.git(world.upstream, "branch", "v0.3.0", "v0.2.0");

    assertThat(world.fetch(world.plan(GitWorld.NEW, null)).commit())
        .isEqualTo(world.commit(world.upstream, "refs/tags/v0.3.0"));
  }

  @Test
  void aTagThatMovedSinceThePlanIsRefusedWithBothCommits() {
    CommitId planned = world.commit(world.upstream, "v0.3.0");
    CommitId now = moveTag();

    for (UpgradeOptions options : List.of(UpgradeOptions.DEFAULTS, FORCED)) {
      UpgradePlan plan = world.plan(GitWorld.NEW, planned, GitWorld.profile(), options);
      assertFails(
          () -> world.fetch(plan), FailureKind.TAG_MOVED, "v0.3.0", planned.value(), now.value());
    }
  }

  @Test
  void aTagThatMovedSinceItWasFirstSeenIsRefusedUnlessForced() {
    CommitId first = world.fetch(world.plan(GitWorld.NEW, null)).commit();
    CommitId now = moveTag();
    world.git(world.checkout, "tag", "--delete", "v0.3.0");

    assertFails(
        () -> world.fetch(world.plan(GitWorld.NEW, now)),
        FailureKind.TAG_MOVED,
        "v0.3.0",
        first.value(),
        now.value());

    Release forced = world.fetch(world.plan(GitWorld.NEW, now, GitWorld.profile(), FORCED));
    assertThat(forced.commit()).isEqualTo(now);
    assertThat(forced.warnings()).singleElement().asString().contains(first.value(), now.value());
    assertThat(world.fetch(world.plan(GitWorld.NEW, now)).commit())
        .as("accepted from now on")
        .isEqualTo(now);
    assertThat(world.commit(world.mirrorDirectory(), Mirror.keptRef(first))).isEqualTo(first);
  }

  @Test
  void aTagThatDiffersInTheCheckoutIsRefused() {
    CommitId now = world.commit(world.upstream, "v0.3.0");
    CommitId tenants = world.commit(world.upstream, "v0.2.0");
    world.git(world.checkout, "tag", "--force", "v0.3.0", "v0.2.0");

    assertFails(
        () -> world.fetch(world.plan(GitWorld.NEW, null)),
        FailureKind.TAG_MOVED,
        "v0.3.0",
        tenants.value(),
        now.value());
  }

  @Test
  void anOlderReleaseIsADowngrade() {
    world.git(world.checkout, "checkout", "--quiet", "v0.3.0");

    assertFails(
        () -> world.fetch(world.plan(GitWorld.OLD, null)),
        FailureKind.DOWNGRADE,
        "v0.2.0 is older than the deployed v0.3.0");
  }

  @Test
  void theReleaseBelowAnUntaggedHeadIsADowngrade() {
    world.git(world.checkout, "commit", "--quiet", "--allow-empty", "--message", "hotfix");

    assertFails(
        () -> world.fetch(world.plan(GitWorld.OLD, null)), FailureKind.DOWNGRADE, "v0.2.0-1-g");
    assertThat(world.fetch(world.plan(GitWorld.NEW, null)).warnings())
        .anyMatch(warning -> warning.contains("v0.2.0-1-g"));
  }

  @Test
  void withoutVersionsToCompareTheHistoryDecides() {
    world.git(world.upstream, "tag", "2025.01", "v0.2.0");
    world.git(world.upstream, "tag", "--delete", "v0.3.0");
    world.git(world.upstream, "tag", "2025.02", "main");
    world.git(world.checkout, "tag", "--delete", "v0.2.0", "v0.3.0");
    world.git(world.checkout, "fetch", "--quiet", "--tags");
    world.git(world.checkout, "tag", "--delete", "v0.2.0");
    world.git(world.checkout, "checkout", "--quiet", "2025.02");

    assertFails(
        () -> world.fetch(world.plan(Tag.of("2025.01"), null)), FailureKind.DOWNGRADE, "2025.01");
  }

  @Test
  void theSameCommitUnderAnotherTagIsNoDowngrade() {
    world.git(world.upstream, "tag", "v0.1.9", "v0.2.0");

    assertThat(world.fetch(world.plan(Tag.of("v0.1.9"), null)).commit())
        .isEqualTo(world.commit(world.checkout, "HEAD"));
  }

  @Test
  void anUnreachableUpstreamFailsWithoutItsPassword() {
    AppProfile profile = GitWorld.profile();
    world.git(
        world.checkout, "remote", "set-url", "origin", "http://bob:s3cr3t-token@127.0.0.1:1/x.git");

    assertThatThrownBy(
            () -> world.fetch(world.plan(GitWorld.NEW, null, profile, UpgradeOptions.DEFAULTS)))
        .isInstanceOfSatisfying(
            StepFailure.class,
            failure -> {
              assertThat(failure.kind()).isEqualTo(FailureKind.FETCH_UNREACHABLE);
              assertThat(failure.getMessage()).contains("http://127.0.0.1:1/x.git");
              assertThat(failure.getMessage() + failure.evidence() + failure.advice())
                  .doesNotContain("s3cr3t")
                  .doesNotContain("bob");
              assertThat(failure.getCause()).isNull();
            });
  }

  @Test
  void aPlannedCommitThatIsInTheMirrorNeedsNoUpstream() throws IOException {
    Release release = world.fetch(world.plan(GitWorld.NEW, null));
    Files.move(world.upstream, root.resolve("gone"));

    assertThat(world.fetch(world.plan(GitWorld.NEW, release.commit())).warnings())
        .singleElement()
        .asString()
        .contains("cannot be fetched from", "was fetched before");
    assertFails(
        () -> world.fetch(world.plan(GitWorld.NEW, null)),
        FailureKind.FETCH_UNREACHABLE,
        world.upstream.toString());
  }

  @Test
  void theReleasesOwnProfileIsApplied() {
    world.writeUpstream("uplift.yml", "verify");
    world.release(Tag.of("v0.4.0"));
    var change = new ReleaseProfile.MigrationsChange(null, null, List.of("check"));

    Release release =
        new FetchRelease(
                world.mirrors,
                yaml -> {
                  assertThat(yaml).isEqualTo("verify");
                  return new ReleaseProfile(change, null, null, null);
                })
            .run(world.plan(null, null), world.deployed(), world.context());

    assertThat(release.profile().migrations().verify()).containsExactly("check");
    assertThat(release.profile().migrations().scripts())
        .isEqualTo(GitWorld.profile().migrations().scripts());
  }

  @Test
  void aReleaseProfileThatIsRefusedIsInvalid() {
    world.writeUpstream("uplift.yml", "nonsense: true");
    world.release(Tag.of("v0.4.0"));
    FetchRelease step =
        new FetchRelease(
            world.mirrors,
            yaml -> {
              throw new IllegalArgumentException("line 1: unknown key nonsense");
            });

    assertFails(
        () -> step.run(world.plan(null, null), world.deployed(), world.context()),
        FailureKind.PROFILE_INVALID,
        "uplift.yml",
        "line 1: unknown key nonsense");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "db/pocket.db",
        "db/pocket.db-wal",
        "db/pocket.db.backup_20250101_000000",
        "db/keys.json",
        ".env",
        "db"
      })
  void aTreeThatTracksWhatIsTheTenantsIsRefused(String path) {
    world.writeUpstream(path, "from the developer's machine");
    world.release(Tag.of("v0.4.0"));

    assertFails(
        () -> world.fetch(world.plan(null, null)),
        FailureKind.DIRTY_CHECKOUT,
        "The release tracks files that belong to the tenant",
        path);
  }

  @ParameterizedTest
  @ValueSource(strings = {"venv/bin/python", "web/node_modules/x/index.js", "web/node_modules"})
  void aTreeThatTracksWhatItsDependenciesMakeIsRefused(String path) {
    world.writeUpstream(path, "built by a developer");
    world.release(Tag.of("v0.4.0"));

    assertFails(
        () -> world.fetch(world.plan(null, null)),
        FailureKind.DIRTY_CHECKOUT,
        "The release tracks files where its dependencies are to go",
        path);
  }

  @Test
  void leavingAReleaseThatTracksTheTenantsFilesIsRefused() {
    world.writeCheckout(".env", "KEY=1\n");
    world.git(world.checkout, "add", "--force", ".env");
    world.git(world.checkout, "commit", "--quiet", "--message", "track it");

    assertFails(
        () -> world.fetch(world.plan(null, null)),
        FailureKind.DIRTY_CHECKOUT,
        "The deployed release tracks files",
        ".env");
  }

  @Test
  void submodulesAreRefused() {
    world.git(
        world.upstream,
        "update-index",
        "--add",
        "--cacheinfo",
        "160000," + world.commit(world.upstream, "HEAD") + ",vendored");
    world.git(world.upstream, "commit", "--quiet", "--message", "submodule");
    world.git(world.upstream, "tag", "v0.4.0");

    assertFails(
        () -> world.fetch(world.plan(null, null)),
        FailureKind.DIRTY_CHECKOUT,
        "submodules",
        "vendored");
  }

  @Test
  void filesInLfsAreRefused() {
    world.writeUpstream("assets/.gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n");
    world.release(Tag.of("v0.4.0"));

    assertFails(
        () -> world.fetch(world.plan(null, null)),
        FailureKind.DIRTY_CHECKOUT,
        "Git LFS",
        "filter=lfs");
  }

  @Test
  void aScriptThatNobodyListsIsAWarning() {
    world.writeUpstream("scripts/add_forgotten.py", "");
    world.writeUpstream("scripts/_helpers.py", "");
    world.writeUpstream("scripts/README.md", "");
    world.release(Tag.of("v0.4.0"));

    assertThat(world.fetch(world.plan(null, null)).warnings())
        .singleElement()
        .asString()
        .endsWith(": scripts/add_forgotten.py");
  }

  @Test
  void aDirtyCheckoutIsRefusedWithEverythingThatIsDirty() {
    world.writeCheckout("app.py", "VERSION = 'mine'\n");
    world.writeCheckout("fresh/deep/module.py", "mine\n");
    world.writeCheckout("scripts/hand_made.py", "mine\n");

    assertFails(
        () -> world.fetch(world.plan(null, null)),
        FailureKind.DIRTY_CHECKOUT,
        "no release",
        "committed:\napp.py",
        "has a file:\nfresh/deep/module.py",
        "migrations:\nscripts/hand_made.py");
  }

  @Test
  void aStrayFileIsAWarning() {
    world.writeCheckout("uploads.csv", "a,b\n");

    assertThat(world.fetch(world.plan(null, null)).warnings())
        .containsExactly("Files that are not in git stay as they are: uploads.csv");
  }

  @Test
  void nothingIsCheckedWhenTheTenantIsThereAlreadyUnlessForced() {
    world.writeCheckout("app.py", "VERSION = 'mine'\n");

    assertThat(world.fetch(world.plan(GitWorld.OLD, null)).tag()).isEqualTo(GitWorld.OLD);
    assertFails(
        () -> world.fetch(world.plan(GitWorld.OLD, null, GitWorld.profile(), FORCED)),
        FailureKind.DIRTY_CHECKOUT,
        "no release");
  }

  @Test
  void theProfilesUpstreamGoesBeforeTheOrigin() {
    world.git(world.checkout, "remote", "set-url", "origin", "/nowhere");
    AppProfile profile = GitWorld.profile(new Upstream("file://" + world.upstream, null));

    assertThat(world.fetch(world.plan(GitWorld.NEW, null, profile, UpgradeOptions.DEFAULTS)).tag())
        .isEqualTo(GitWorld.NEW);
  }

  @Test
  void aRelativeOriginIsRelativeToTheCheckout() {
    world.git(world.checkout, "remote", "set-url", "origin", "../upstream");

    assertThat(world.fetch(world.plan(GitWorld.NEW, null)).tag()).isEqualTo(GitWorld.NEW);
  }

  @Test
  void aCheckoutWithoutOriginNeedsAnUpstreamInTheProfile() {
    world.git(world.checkout, "remote", "remove", "origin");

    assertFails(
        () -> world.fetch(world.plan(GitWorld.NEW, null)),
        FailureKind.PROFILE_INVALID,
        "no upstream");
  }

  @Test
  void noSettingRedirectsTheFetch() {
    Path trap = root.resolve("trap");
    world.git(root, "clone", "--quiet", "--bare", "upstream", "trap");
    world.git(trap, "tag", "--force", "v0.3.0", "v0.2.0");
    world.git(world.checkout, "config", "url." + trap + ".insteadOf", world.upstream.toString());

    assertThat(world.fetch(world.plan(GitWorld.NEW, null)).commit())
        .isEqualTo(world.commit(world.upstream, "v0.3.0"));
  }

  @Test
  void aProfileWithoutScriptsHasNoMigrationPlaces() {
    AppProfile profile = GitWorld.profile();
    assertThat(TreeCheck.unlistedMigrations(List.of("scripts/x.py"), Migrations.NONE)).isEmpty();
    assertThat(TreeCheck.unlistedMigrations(List.of("scripts/x.py"), profile.migrations()))
        .containsExactly("scripts/x.py");
  }

  private CommitId moveTag() {
    CommitId moved = world.commitUpstream("another");
    world.git(world.upstream, "tag", "--force", "v0.3.0");
    return moved;
  }

  private static void assertFails(
      ThrowingCallable step, FailureKind kind, String message, String... evidence) {
    assertThatThrownBy(step)
        .isInstanceOfSatisfying(
            StepFailure.class,
            failure -> {
              assertThat(failure.kind()).isEqualTo(kind);
              assertThat(failure.getMessage()).contains(message);
              assertThat(failure.advice()).isNotBlank();
              if (evidence != null && evidence.length > 0) {
                assertThat(failure.evidence()).contains(evidence);
              }
            });
  }
}
