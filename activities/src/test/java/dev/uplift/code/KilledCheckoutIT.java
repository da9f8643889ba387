package dev.uplift.code;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.profile.AppProfile;
import dev.uplift.release.CommitId;
import dev.uplift.release.Tag;
import dev.uplift.upgrade.Deployed;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Release;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.UpgradePlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * SIGKILL in the middle of a real checkout of some thousand files: while it deletes, at several
 * points while it writes, and when only HEAD is left to move.
 */
class KilledCheckoutIT {
  private static final Tag BEFORE = Tag.of("v1.0.0");
  private static final Tag AFTER = Tag.of("v1.1.0");
  private static final int FILES = 800;
  private static final int MET_AT_WORK = 2;

  /** A checkout may be over before the kill falls: then it is tried again. */
  private static final int MOST_KILLS = 20;

  private static final List<String> APPEAR = List.of("fresh/9/file399", "scripts/later_99.py");
  @TempDir Path root;
  private GitWorld world;

  @BeforeEach
  void createBigWorld() throws IOException {
    world = GitWorld.create(root);
    writeFiles(0, FILES, 1);
    world.release(BEFORE);
    // A quarter goes, half changes, and as many scripts come as were there before.
    GitWorld.delete(world.upstream.resolve("lib/0"));
    writeFiles(FILES / 2, FILES, 2);
    for (int i = 0; i < FILES / 2; i++) {
      world.writeUpstream("scripts/later_" + i + ".py", "raise SystemExit('never run me')\n");
      world.writeUpstream("fresh/" + i % 10 + "/file" + i, "new\n");
    }
    world.release(AFTER);
    GitWorld.delete(world.checkout);
    world.git(root, "clone", "--quiet", "--branch", BEFORE.name(), "upstream", "acme");
    world.writeCheckout("uploads.csv", "a,b\n");
    world.writeCheckout("db/pocket.db", "the tenant's rows");
    world.writeCheckout("db/pocket.db-wal", "committed rows");
  }

  @Test
  void theTenantIsWholeAgainWhereverTheWorkerWasKilled() throws Exception {
    SortedMap<String, String> old = world.picture();
    UpgradePlan plan = world.plan(AFTER, null);
    StepInput input = new StepInput(plan, world.deployed(), world.fetch(plan), Direction.FORWARD);
    world.notes.put("from", input.from().commit().value());
    world.notes.put("to", input.to().commit().value());
    killWhen(() -> false);
    SortedMap<String, String> released = world.picture();
    assertThat(released).containsKey("scripts/later_1.py").doesNotContainKey("lib/0");
    new RestoreCode().run(input.back(), world.context());
    assertThat(world.picture()).isEqualTo(old);

    List<BooleanSupplier> moments = new ArrayList<>();
    moments.add(() -> Files.exists(world.checkout.resolve(".git/index.lock")));
    moments.add(() -> !Files.exists(world.checkout.resolve("lib/0/module7.py")));
    APPEAR.forEach(path -> moments.add(() -> Files.exists(world.checkout.resolve(path))));
    int mixed = 0;
    for (int kill = 0;
        kill < moments.size() || (mixed < MET_AT_WORK && kill < MOST_KILLS);
        kill++) {
      Files.delete(root.resolve("notes").resolve(BeforeCheckout.KEY));
      killWhen(moments.get(kill % moments.size()));
      SortedMap<String, String> killed = world.picture();
      mixed += killed.equals(old) || killed.equals(released) ? 0 : 1;
      if (kill % 2 == 1) {
        new CheckOutRelease(world.mirrors).run(input, world.context());
        assertThat(world.picture()).as("finished after kill %d", kill).isEqualTo(released);
      }
      new RestoreCode().run(input.back(), world.context());

      assertThat(world.picture()).as("restored after kill %d", kill).isEqualTo(old);
      assertThat(world.checkout.resolve(".git/index.lock")).doesNotExist();
      assertThat(world.git(world.checkout, "status", "--porcelain", "--untracked-files=all"))
          .isEqualTo("?? db/pocket.db-wal\n?? uploads.csv\n");
    }
    assertThat(mixed).as("kills that met the checkout at work").isGreaterThanOrEqualTo(MET_AT_WORK);
  }

  /** Runs the step in a JVM of its own, which is killed at the moment, or ends by itself. */
  private void killWhen(BooleanSupplier moment) throws Exception {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                root.toString())
            .redirectErrorStream(true)
            .redirectOutput(root.resolve("child.log").toFile())
            .start();
    try {
      Instant deadline = Instant.now().plusSeconds(60);
      while (child.isAlive() && !moment.getAsBoolean() && Instant.now().isBefore(deadline)) {
        LockSupport.parkNanos(200_000);
      }
      if (!child.isAlive()) {
        assertThat(child.exitValue()).as(root.resolve("child.log").toString()).isZero();
      }
    } finally {
      child.destroyForcibly().waitFor();
    }
  }

  private void writeFiles(int from, int to, int version) {
    for (int i = from; i < to; i++) {
      world.writeUpstream(
          "lib/" + i * 4 / FILES + "/module" + i + ".py",
          ("VERSION = " + version + "\n").repeat(99));
    }
  }

  /** The worker that is killed. */
  static final class Child {
    public static void main(String[] arguments) {
      GitWorld world = new GitWorld(Path.of(arguments[0]));
      CommitId from = CommitId.of(world.notes.get("from").orElseThrow());
      CommitId to = CommitId.of(world.notes.get("to").orElseThrow());
      AppProfile profile = GitWorld.profile();
      StepInput input =
          new StepInput(
              world.plan(AFTER, to),
              new Deployed(BEFORE.name(), BEFORE, from, profile, true, List.of(), List.of()),
              new Release(AFTER, to, profile, List.of()),
              Direction.FORWARD);
      new CheckOutRelease(world.mirrors).run(input, world.context());
    }
  }
}
