package dev.uplift.code;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.profile.AppProfile;
import dev.uplift.proof.Kill;
import dev.uplift.proof.Strace;
import dev.uplift.proof.Template;
import dev.uplift.release.CommitId;
import dev.uplift.upgrade.Deployed;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Release;
import dev.uplift.upgrade.StepInput;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the checkout of a release, and the way back, before a system call that changes something;
 * in a checkout whose {@code .gitignore} hides the database. Each time the old release must come
 * back whole, and the new one be there whole if the step is done again.
 */
class KilledAtSystemCallsIT {
  private static final int FEW = 2;
  private static final int MANY = 8;
  @TempDir Path directory;
  private Path home;
  private GitWorld world;
  private SortedMap<String, String> old;
  private String identity;

  @BeforeEach
  void createWorld() throws Exception {
    Strace.assumeThere();
    home = Files.createDirectory(directory.toRealPath().resolve("home"));
    world = GitWorld.create(home);
    world.writeCheckout("uploads.csv", "a,b\n");
    world.writeCheckout("db/pocket.db", "the tenant's rows");
    world.writeCheckout("db/pocket.db-wal", "committed rows");
    StepInput input = world.fetched();
    world.notes.put("from", input.from().commit().value());
    world.notes.put("to", input.to().commit().value());
    try (Checkout checkout = Checkout.open(world.checkout)) {
      checkout.excludeOwnFiles(input.from().profile());
    }
    old = world.picture();
    identity = identity();
  }

  @Test
  void aKilledCheckoutIsFinishedOrUndone() throws Exception {
    killCheckOut(FEW);
    killRestore(FEW);
  }

  @Test
  @Tag("full")
  void aCheckoutMayBeKilledAtManySystemCalls() throws Exception {
    killCheckOut(MANY);
    killRestore(MANY);
  }

  private void killCheckOut(int wanted) throws Exception {
    Template template = keep();
    List<Kill> kills = kills("checkOut", wanted);
    SortedMap<String, String> released = world.picture();
    assertThat(released).containsKey("fresh/deep/module.py");
    for (int i = 0; i < kills.size(); i++) {
      template.restore(home);
      kills.get(i).run();
      if (i % 2 == 1) {
        Program.run("checkOut", world);
        assertThat(world.picture()).as("finished after %s", kills.get(i)).isEqualTo(released);
      }
      Program.run("restore", world);
      requireOld(kills.get(i));
    }
    template.restore(home);
  }

  private void killRestore(int wanted) throws Exception {
    Program.run("checkOut", world);
    Template template = keep();
    for (Kill kill : kills("restore", wanted)) {
      template.restore(home);
      kill.run();
      Program.run("restore", world);
      requireOld(kill);
    }
  }

  private void requireOld(Kill kill) {
    assertThat(world.picture()).as("after %s", kill).isEqualTo(old);
    assertThat(identity()).as("after %s", kill).isEqualTo(identity);
    assertThat(world.checkout.resolve(".git/index.lock")).doesNotExist();
    assertThat(world.checkout.resolve(".git/HEAD.lock")).doesNotExist();
    assertThat(world.git(world.checkout, "status", "--porcelain", "--untracked-files=all"))
        .as("after %s", kill)
        .isEqualTo("?? db/pocket.db-wal\n?? uploads.csv\n");
  }

  private String identity() {
    try (Checkout checkout = Checkout.open(world.checkout)) {
      return checkout.identity();
    }
  }

  /** Of the one thread that does everything but sync many files at once. */
  private List<Kill> kills(String step, int wanted) throws Exception {
    List<Kill> kills =
        Kill.places(
            Program.class,
            List.of(step, home.toString()),
            directory.resolve("strace.log"),
            call -> call.contains(world.checkout.toString()) && !call.contains("sync("),
            wanted);
    assertThat(kills).hasSize(wanted);
    return kills;
  }

  private Template keep() throws Exception {
    return Template.of(home, directory.resolve("template"));
  }

  /** The worker that is killed. */
  static final class Program {
    public static void main(String[] words) {
      run(words[0], new GitWorld(Path.of(words[1])));
    }

    static void run(String step, GitWorld world) {
      CommitId from = CommitId.of(world.notes.get("from").orElseThrow());
      CommitId to = CommitId.of(world.notes.get("to").orElseThrow());
      AppProfile profile = GitWorld.profile();
      StepInput input =
          new StepInput(
              world.plan(GitWorld.NEW, to),
              new Deployed(
                  GitWorld.OLD.name(), GitWorld.OLD, from, profile, true, List.of(), List.of()),
              new Release(GitWorld.NEW, to, profile, List.of()),
              Direction.FORWARD);
      switch (step) {
        case "checkOut" -> new CheckOutRelease(world.mirrors).run(input, world.context());
        case "restore" -> new RestoreCode().run(input.back(), world.context());
        default -> throw new IllegalArgumentException(step);
      }
    }
  }
}
