package dev.uplift.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.host.StepFailure;
import dev.uplift.release.Tag;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckoutTest {
  @TempDir Path root;
  private GitWorld world;

  @BeforeEach
  void createWorld() {
    world = GitWorld.create(root);
  }

  @Test
  void theVersionIsWhatGitDescribesOffATag() {
    assertThat(with(Checkout::version)).isEqualTo("v0.2.0");

    world.git(world.checkout, "commit", "--quiet", "--allow-empty", "--message", "hotfix");

    assertThat(with(Checkout::version))
        .isEqualTo(world.git(world.checkout, "describe", "--tags").strip())
        .startsWith("v0.2.0-1-g");
    assertThat(with(Checkout::releaseTag)).isEmpty();
  }

  @Test
  void ofSeveralTagsAtHeadTheHighestReleaseIsMeant() {
    for (String tag : new String[] {"v0.2.10", "v0.2.9", "nightly", "v0.2.10-rc.1"}) {
      world.git(world.checkout, "tag", tag);
    }

    assertThat(with(Checkout::releaseTag)).contains(Tag.of("v0.2.10"));
    assertThat(with(Checkout::version)).isEqualTo("v0.2.10");
  }

  @Test
  void aCheckoutWithoutTagsHasItsCommitForAVersion() {
    world.git(world.checkout, "tag", "--delete", "v0.2.0", "v0.3.0");

    assertThat(with(Checkout::version))
        .isEqualTo(world.commit(world.checkout, "HEAD").abbreviated());
  }

  @Test
  void whatTheApplicationIgnoresOrMakesItselfIsNotDirty() {
    world.writeCheckout("db/pocket.db", "rows");
    world.writeCheckout("venv/bin/python", "");
    world.writeCheckout("scripts/__pycache__/helper.pyc", "");

    Dirt dirt = dirt();

    assertThat(dirt.isDirty()).isFalse();
    assertThat(dirt.stray()).containsExactly("scripts/__pycache__/helper.pyc");
  }

  @Test
  void trackedFilesThatWereEditedStagedOrDeletedAreDirty() throws IOException {
    world.writeCheckout("app.py", "edited\n");
    world.writeCheckout("staged.py", "staged\n");
    world.git(world.checkout, "add", "staged.py");
    Files.delete(world.checkout.resolve("bin/run"));

    assertThat(dirt().changed()).containsExactly("app.py", "bin/run", "staged.py");
    assertThat(with(Checkout::identity)).endsWith("tree=changed:app.py,bin/run,staged.py");
  }

  @Test
  void theStatusSaysWhereHeadIsAndWhatDiffersFromIt() throws IOException {
    String head = "HEAD is at " + with(Checkout::head);
    assertThat(with(Checkout::status)).startsWith(head).endsWith("\nclean\n");

    world.writeCheckout("app.py", "edited\n");
    world.writeCheckout("scripts/stray.py", "");
    Files.delete(world.checkout.resolve("bin/run"));

    assertThat(with(Checkout::status))
        .startsWith(head)
        .endsWith("\nchanged: app.py\nchanged: bin/run\nuntracked: scripts/stray.py\n");
  }

  @Test
  void aFileHiddenFromGitIsDirty() {
    world.git(world.checkout, "update-index", "--assume-unchanged", "app.py");
    world.git(world.checkout, "update-index", "--skip-worktree", "bin/run");
    world.writeCheckout("app.py", "edited\n");

    assertThat(dirt().changed()).containsExactly("app.py", "bin/run");
  }

  @Test
  void aSparseCheckoutIsDirty() {
    world.git(world.checkout, "status");
    world.git(world.checkout, "sparse-checkout", "set", "bin");

    assertThat(dirt().changed()).contains("scripts/create_schema.py");
  }

  @Test
  void anIgnoredFileWhereTheReleaseHasOneIsInTheWay() {
    world.writeUpstream("demo.db", "shipped");
    world.release(Tag.of("v0.4.0"));
    world.writeCheckout("demo.db", "the tenant's");

    assertThat(dirtFor("v0.4.0").inTheWay()).containsExactly("demo.db");
  }

  @Test
  void aFileOrLinkWhereTheReleaseHasADirectoryIsInTheWay() throws IOException {
    Files.createDirectory(root.resolve("elsewhere"));
    world.link(world.checkout.resolve("fresh"), root.resolve("elsewhere").toString());

    assertThat(dirt().inTheWay()).containsExactly("fresh");
  }

  @Test
  void aDirectoryWhereTheReleaseHasAFileIsInTheWayOnlyWithFilesOfTheTenant() {
    assertThat(dirt().inTheWay()).isEmpty();

    world.writeCheckout("becomes_file/mine.db", "ignored, and still the tenant's");

    assertThat(dirt().inTheWay()).containsExactly("becomes_file/mine.db");
  }

  @Test
  void aDatabaseInPlaceOfALinkedVenvIsExcludedFromGit() throws IOException {
    Path venv = root.resolve("sets/1");
    Files.createDirectories(venv.resolve("bin"));
    world.link(world.checkout.resolve("venv"), venv.toString());
    world.writeCheckout("db/pocket.db.backup_20260101_000000", "");
    world.writeCheckout("db/pocket.db.failed_20260101_000000", "");
    assertThat(dirt().stray()).hasSize(3);
    world.writeCheckout(".git/info/exclude", "# mine\n*.swp");

    for (int i = 0; i < 2; i++) {
      try (Checkout checkout = Checkout.open(world.checkout)) {
        checkout.excludeOwnFiles(GitWorld.profile());
      }
    }

    assertThat(dirt().stray()).isEmpty();
    assertThat(world.git(world.checkout, "status", "--porcelain")).isEmpty();
    assertThat(world.checkout.resolve(".git/info/exclude"))
        .hasContent(
            "# mine\n*.swp\n/venv\n/web/node_modules\n/db/pocket.db.backup_*\n/db/pocket.db.failed_*\n"
                + "/db/pocket.db.uplift_*\n");
  }

  @Test
  void theIdentityTellsCommitsAndBranchesApart() {
    String onMain = with(Checkout::identity);
    world.git(world.checkout, "checkout", "--quiet", "v0.2.0");
    String detached = with(Checkout::identity);
    world.git(world.checkout, "checkout", "--quiet", "v0.3.0");

    assertThat(onMain)
        .isEqualTo(
            "commit="
                + world.commit(world.upstream, "v0.2.0")
                + " head=refs/heads/main tree=clean");
    assertThat(detached).isEqualTo(onMain.replace("refs/heads/main", "detached"));
    assertThat(with(Checkout::identity)).isNotEqualTo(detached);
  }

  @Test
  void strayFilesAreNoPartOfTheIdentity() {
    String before = with(Checkout::identity);

    world.writeCheckout("uploads.csv", "a,b\n");

    assertThat(with(Checkout::identity)).isEqualTo(before);
  }

  @Test
  void unfinishedWorkIsRefused() {
    world.git(world.checkout, "checkout", "--quiet", "-b", "side");
    world.writeCheckout("app.py", "side\n");
    world.git(world.checkout, "commit", "--quiet", "--all", "--message", "side");
    assertThatThrownBy(() -> world.git(world.checkout, "merge", "v0.3.0"))
        .isInstanceOf(AssertionError.class);

    assertRefused(checkout -> run(checkout::refuseUnfinishedWork), "not finished");
  }

  @Test
  void anIndexLockIsRefused() {
    world.writeCheckout(".git/index.lock", "");

    assertRefused(checkout -> run(checkout::refuseUnfinishedWork), "Another git process");
  }

  @Test
  void whatIsNoCheckoutOfItsOwnIsRefused() throws IOException {
    world.git(world.upstream, "worktree", "add", "--quiet", root.resolve("shared").toString());
    world.git(root, "clone", "--quiet", "--bare", "upstream", "bare.git");
    world.git(root, "init", "--quiet", "unborn");
    Files.createDirectory(root.resolve("plain"));

    assertNoCheckout("shared", "shares its git directory");
    assertNoCheckout("bare.git", "is a bare repository");
    assertNoCheckout("unborn", "at no commit");
    assertNoCheckout("plain", "is not a git checkout");
    assertNoCheckout("missing", "There is no directory");
  }

  @Test
  void aWorkTreeSetInTheConfigurationLeadsNowhereElse() {
    world.git(world.checkout, "config", "core.worktree", root.resolve("upstream").toString());
    world.writeCheckout("app.py", "edited\n");

    assertThat(dirt().changed()).containsExactly("app.py");
  }

  private void assertNoCheckout(String directory, String message) {
    assertThatThrownBy(() -> Checkout.open(root.resolve(directory)))
        .isInstanceOfSatisfying(
            StepFailure.class,
            failure -> {
              assertThat(failure.kind()).isEqualTo(FailureKind.DIRTY_CHECKOUT);
              assertThat(failure.getMessage()).contains(message);
            });
  }

  private void assertRefused(Function<Checkout, Object> question, String message) {
    assertThatThrownBy(() -> with(question))
        .isInstanceOfSatisfying(
            StepFailure.class,
            failure -> {
              assertThat(failure.kind()).isEqualTo(FailureKind.DIRTY_CHECKOUT);
              assertThat(failure.getMessage()).contains(message);
            });
  }

  private static Object run(Runnable question) {
    question.run();
    return null;
  }

  private Dirt dirt() {
    return dirtFor("v0.3.0");
  }

  private Dirt dirtFor(String tag) {
    ReleaseTree target =
        new ReleaseTree(world.upstream.resolve(".git"), world.commit(world.upstream, tag));
    return with(checkout -> checkout.dirt(target, GitWorld.profile(), GitWorld.profile()));
  }

  private <T> T with(Function<Checkout, T> question) {
    try (Checkout checkout = Checkout.open(world.checkout)) {
      return question.apply(checkout);
    }
  }
}
