package dev.uplift.code;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.proof.Proof;
import dev.uplift.upgrade.StepInput;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is asked of a checkout that was put back catches those who do it wrongly. The {@code
 * .gitignore} is of the kind with which a clean deletes the tenant's database.
 */
class WrongRecoveriesTest {
  @TempDir Path directory;

  private interface Recovery {
    void run(GitWorld world, StepInput input) throws Exception;
  }

  @TestFactory
  Stream<DynamicTest> aKilledCheckoutIsPutBackWithNothingMoreAndNothingLess() {
    return Proof.<Recovery>ofRow(
            24,
            directory,
            (recovery, root) -> {
              GitWorld world = GitWorld.create(root);
              world.writeCheckout("uploads.csv", "a,b\n");
              world.writeCheckout("db/pocket.db", "the tenant's rows");
              world.writeCheckout("db/pocket.db-wal", "committed rows");
              world.writeCheckout("db/pocket.db.backup_20260101_000000", "an older backup");
              SortedMap<String, String> before = world.picture();
              StepInput input = world.fetched();
              world.interruptCheckOut(input);

              recovery.run(world, input);

              assertThat(world.picture()).containsExactlyInAnyOrderEntriesOf(before);
            })
        .passes((world, input) -> new RestoreCode().run(input.back(), world.context()))
        .catches(
            "a reset that leaves what only the release has",
            (world, input) -> reset(world),
            "map entries were unexpected")
        .catches("a general clean", (world, input) -> clean(world, "-fdx"), "could not find")
        .catches(
            "a clean that spares ignored files",
            (world, input) -> clean(world, "-fd"),
            "could not find")
        .tests();
  }

  private static void reset(GitWorld world) throws Exception {
    Files.delete(world.checkout.resolve(".git/index.lock"));
    Files.delete(world.checkout.resolve(".git/HEAD.lock"));
    world.git(world.checkout, "reset", "--quiet", "--hard", GitWorld.OLD.ref());
  }

  private static void clean(GitWorld world, String what) throws Exception {
    reset(world);
    world.git(world.checkout, "clean", "--quiet", what);
  }
}
