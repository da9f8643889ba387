package dev.uplift.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.host.StepFailure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.StepInput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.SortedMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckOutAndRestoreTest {
  @TempDir Path root;
  private GitWorld world;

  @BeforeEach
  void createWorld() {
    world = GitWorld.create(root);
    world.writeCheckout("uploads.csv", "a,b\n");
    world.writeCheckout("db/pocket.db", "the tenant's rows");
    world.writeCheckout("db/pocket.db.backup_20260101_000000", "an older backup");
  }

  @Test
  void theCheckoutBecomesWhatAFreshCloneOfTheTagHas() {
    StepInput input = world.fetched();

    checkOut(input);

    world.git(root, "clone", "--quiet", "--branch", "v0.3.0", "upstream", "fresh");
    SortedMap<String, String> files = world.picture();
    files.keySet().removeIf(path -> path.startsWith("db") || path.equals("uploads.csv"));
    SortedMap<String, String> fresh = world.pictureOf(root.resolve("fresh"));
    assertThat(files).isEqualTo(fresh);
    assertThat(status()).isEqualTo("?? uploads.csv\n");
    assertThat(world.git(world.checkout, "describe", "--tags").strip()).isEqualTo("v0.3.0");
    assertThat(world.git(world.checkout, "rev-parse", "--abbrev-ref", "HEAD").strip())
        .as("detached, so the tenant's branch was not moved")
        .isEqualTo("HEAD");
    assertThat(world.commit(world.checkout, "main"))
        .isEqualTo(world.commit(world.upstream, "v0.2.0"));
  }

  @Test
  void restoringPutsFilesHeadAndBranchBack() {
    SortedMap<String, String> before = world.picture();
    String identity = identity();
    StepInput input = world.fetched();
    checkOut(input);

    restore(input);

    assertThat(world.picture()).isEqualTo(before);
    assertThat(identity()).isEqualTo(identity).contains("head=refs/heads/main", "tree=clean");
  }

  @Test
  void bothStepsMayRunTwice() {
    SortedMap<String, String> before = world.picture();
    StepInput input = world.fetched();
    checkOut(input);
    SortedMap<String, String> after = world.picture();

    checkOut(input);
    assertThat(world.picture()).isEqualTo(after);
    restore(input);
    restore(input);
    assertThat(world.picture()).isEqualTo(before);
    assertThat(identity()).contains("head=refs/heads/main");
  }

  @Test
  void restoringWithoutACheckoutTouchesNothing() {
    StepInput input = world.fetched();
    SortedMap<String, String> before = world.picture();

    assertThat(new RestoreCode().run(input.back(), world.context()).summary())
        .isEqualTo("The code was not touched");

    assertThat(world.picture()).isEqualTo(before);
  }

  @Test
  void anEmptyDirectoryOfTheTenantSurvivesWithItsPermissions() throws IOException {
    Path uploads = world.checkout.resolve("fresh");
    Files.createDirectory(uploads);
    Files.setPosixFilePermissions(uploads, PosixFilePermissions.fromString("rwxrwx---"));
    SortedMap<String, String> before = world.picture();
    StepInput input = world.fetched();

    checkOut(input);
    restore(input);

    assertThat(world.picture()).isEqualTo(before);
  }

  @Test
  void whatTheNewReleaseWroteBesideItsFilesIsKept() {
    StepInput input = world.fetched();
    checkOut(input);
    world.writeCheckout("fresh/deep/written-while-serving.txt", "keep me");

    restore(input);

    assertThat(world.checkout.resolve("fresh/deep/written-while-serving.txt")).exists();
    assertThat(world.checkout.resolve("fresh/deep/module.py")).doesNotExist();
  }

  @Test
  void anInterruptedCheckoutIsFinishedByTheNextAttempt() throws IOException {
    StepInput input = world.fetched();
    world.interruptCheckOut(input);

    checkOut(input);

    assertThat(world.git(world.checkout, "diff", "--stat", "v0.3.0")).isEmpty();
    assertThat(world.checkout.resolve("scripts/._add_columns.py12345.tmp")).doesNotExist();
    assertThat(world.checkout.resolve("legacy")).doesNotExist();
    assertThat(world.checkout.resolve("uploads.csv")).exists();
  }

  @Test
  void anInterruptedCheckoutIsUndone() throws IOException {
    SortedMap<String, String> before = world.picture();
    StepInput input = world.fetched();
    world.interruptCheckOut(input);

    restore(input);

    assertThat(world.picture()).isEqualTo(before);
    assertThat(world.checkout.resolve(".git/index.lock")).doesNotExist();
  }

  @Test
  void anIndexThatCannotBeReadIsMadeAnew() {
    SortedMap<String, String> before = world.picture();
    StepInput input = world.fetched();
    checkOut(input);
    GitWorld.write(world.checkout.resolve(".git/index"), "torn by a power cut");

    restore(input);

    assertThat(world.picture()).isEqualTo(before);
    assertThat(status()).isEqualTo("?? uploads.csv\n");
  }

  @Test
  void deletingTheReleasesFilesNeverFollowsALink() throws IOException {
    StepInput input = world.fetched();
    Path outside = root.resolve("outside");
    GitWorld.write(outside.resolve("deep/module.py"), "somebody else's");
    checkOut(input);
    world.git(world.checkout, "rm", "--quiet", "-r", "fresh");
    world.link(world.checkout.resolve("fresh"), outside.toString());

    restore(input);

    assertThat(outside.resolve("deep/module.py")).hasContent("somebody else's");
  }

  @Test
  void aFileThatCameIntoTheWaySinceTheFetchStopsTheStepBeforeItChangesAnything() {
    StepInput input = world.fetched();
    world.writeCheckout("fresh/deep/module.py", "mine");
    SortedMap<String, String> before = world.picture();

    assertThatThrownBy(() -> checkOut(input))
        .isInstanceOfSatisfying(
            StepFailure.class,
            failure -> {
              assertThat(failure.kind()).isEqualTo(FailureKind.DIRTY_CHECKOUT);
              assertThat(failure.evidence()).contains("in the way: fresh/deep/module.py");
            });
    restore(input);

    assertThat(world.picture()).isEqualTo(before);
  }

  @Test
  void aLockOfAnotherGitStopsTheStep() {
    StepInput input = world.fetched();
    world.writeCheckout(".git/index.lock", "");

    assertThatThrownBy(() -> checkOut(input))
        .isInstanceOfSatisfying(
            StepFailure.class,
            failure -> assertThat(failure.evidence()).contains(".git/index.lock"));

    assertThat(world.checkout.resolve(".git/index.lock")).exists();
  }

  @Test
  void aTagOfTheTenantThatDiffersIsLeftAndThePlannedCommitCheckedOut() {
    StepInput input = world.fetched();
    world.git(world.checkout, "tag", "--force", "v0.3.0", "v0.2.0");

    checkOut(input);

    assertThat(world.commit(world.checkout, "HEAD")).isEqualTo(input.to().commit());
    assertThat(world.commit(world.checkout, "refs/tags/v0.3.0")).isEqualTo(input.from().commit());
  }

  @Test
  void aMissingTagIsFetchedIntoASingleBranchClone() throws IOException {
    world.git(world.upstream, "branch", "old", "v0.2.0");
    GitWorld.delete(world.checkout);
    world.git(
        root,
        "clone",
        "--quiet",
        "--single-branch",
        "--no-tags",
        "--branch",
        "old",
        "upstream",
        "acme");
    world.git(world.checkout, "tag", "v0.2.0");

    checkOut(world.fetched());

    assertThat(world.git(world.checkout, "describe", "--tags").strip()).isEqualTo("v0.3.0");
  }

  @Test
  void aShallowCloneIsUpgradedAndPutBack() throws IOException {
    GitWorld.delete(world.checkout);
    world.git(
        root,
        "clone",
        "--quiet",
        "--depth",
        "1",
        "--branch",
        "v0.2.0",
        "file://" + world.upstream,
        "acme");
    SortedMap<String, String> before = world.picture();
    StepInput input = world.fetched();

    checkOut(input);
    assertThat(world.git(world.checkout, "diff", "--stat", "v0.3.0")).isEmpty();
    restore(input);

    assertThat(world.picture()).isEqualTo(before);
  }

  @Test
  void neitherHooksNorFiltersOfTheTenantsRepositoryRun() {
    String touch = "touch " + root.resolve("executed");
    for (String hook :
        new String[] {"post-checkout", "reference-transaction", "post-index-change"}) {
      world.executable(world.checkout.resolve(".git/hooks/" + hook), "#!/bin/sh\n" + touch + "\n");
    }
    world.git(world.checkout, "config", "filter.evil.smudge", touch + "; cat");
    world.git(world.checkout, "config", "filter.evil.clean", touch + "; cat");
    world.git(world.checkout, "config", "core.fsmonitor", touch);
    world.writeCheckout(".git/info/attributes", "*.py filter=evil\n");
    StepInput input = world.fetched();

    checkOut(input);
    restore(input);

    assertThat(root.resolve("executed")).doesNotExist();
  }

  @Test
  void aBranchThatSomebodyMovedIsLeftAlone() {
    StepInput input = world.fetched();
    checkOut(input);
    world.git(world.checkout, "branch", "--force", "main", "v0.3.0");

    assertThat(new RestoreCode().run(input.back(), world.context()).warnings())
        .singleElement()
        .asString()
        .contains("refs/heads/main");

    assertThat(identity()).contains(input.from().commit().value(), "head=detached", "tree=clean");
  }

  private void checkOut(StepInput input) {
    new CheckOutRelease(world.mirrors).run(input, world.context());
  }

  private void restore(StepInput input) {
    new RestoreCode().run(input.back(), world.context());
  }

  private String identity() {
    try (Checkout checkout = Checkout.open(world.checkout)) {
      return checkout.identity();
    }
  }

  private String status() {
    return world.git(world.checkout, "status", "--porcelain", "--untracked-files=all");
  }
}
