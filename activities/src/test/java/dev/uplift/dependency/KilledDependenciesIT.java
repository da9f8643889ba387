package dev.uplift.dependency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.command.CommandRunner;
import dev.uplift.database.FileNotes;
import dev.uplift.host.Cancellation;
import dev.uplift.host.StepContext;
import dev.uplift.profile.DependencySpec;
import dev.uplift.proof.Kill;
import dev.uplift.proof.Strace;
import dev.uplift.proof.Template;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the adoption of a real {@code venv}, and its way back, before a system call that changes
 * something. Each time the old dependencies must come back, or the new ones be finished.
 */
class KilledDependenciesIT {
  private static final UUID UPGRADE = UUID.fromString("0b8ff3b5-9c1c-4b62-8b3a-0c2f6f6a3c11");
  private static final String MODULE = "lib/python3.11/site-packages/six.py";
  private static final int FEW = 1;
  private static final int MANY = 8;
  @TempDir Path directory;
  private Path home;
  private Path venv;

  @BeforeEach
  void makeARealVenv() throws Exception {
    Strace.assumeThere();
    home = Files.createDirectory(directory.toRealPath().resolve("home"));
    venv = home.resolve("acme/venv");
    new SampleUpgrade(home, UPGRADE);
    Files.createDirectories(venv.resolve(MODULE).getParent());
    Files.writeString(venv.resolve(MODULE), "old");
    Path staged = Files.createDirectories(home.resolve("state/sets/0123"));
    Files.writeString(staged.resolve(".complete"), "0123\n");
    Files.createDirectory(home.resolve("notes"));
    StagedSets.note(Map.of("venv", staged), context(home));
  }

  @Test
  void aKilledSwitchIsFinishedOrUndone() throws Exception {
    killInstallation(FEW);
    killRestore(FEW);
  }

  @Test
  @Tag("full")
  void aSwitchMayBeKilledAtManySystemCalls() throws Exception {
    killInstallation(MANY);
    killRestore(MANY);
  }

  private void killInstallation(int wanted) throws Exception {
    Template template = keep();
    for (Kill kill : kills("install", wanted)) {
      template.restore(home);
      kill.run();
      Program.run("restore", home);
      requireOld(kill);

      template.restore(home);
      kill.run();
      Program.run("install", home);
      assertThat(Files.readSymbolicLink(venv)).as("%s", kill).endsWithRaw(Path.of("sets/0123"));
      Program.run("restore", home);
      requireOld(kill);
    }
    template.restore(home);
  }

  private void killRestore(int wanted) throws Exception {
    Program.run("install", home);
    Template template = keep();
    for (Kill kill : kills("restore", wanted)) {
      template.restore(home);
      kill.run();
      Program.run("restore", home);
      requireOld(kill);
    }
  }

  private void requireOld(Kill kill) {
    assertThat(venv.resolve(MODULE)).as("after %s", kill).hasContent("old");
    assertThat(Files.isDirectory(venv, LinkOption.NOFOLLOW_LINKS)).as("after %s", kill).isTrue();
    assertThat(home.resolve("acme/.git")).as("after %s", kill).isEmptyDirectory();
  }

  private List<Kill> kills(String step, int wanted) throws Exception {
    List<Kill> kills =
        Kill.places(
            Program.class,
            List.of(step, home.toString()),
            directory.resolve("strace.log"),
            call -> call.contains(home.toString()) || call.contains("sync("),
            wanted);
    assertThat(kills).hasSize(wanted);
    return kills;
  }

  private Template keep() throws Exception {
    return Template.of(home, directory.resolve("template"));
  }

  private static StepContext context(Path home) {
    return new StepContext(
        new SampleUpgrade(home, UPGRADE).paths,
        Cancellation.NEVER,
        CommandRunner.withoutLock(Cancellation.NEVER),
        new FileNotes(home.resolve("notes")));
  }

  /** The worker that is killed. */
  static final class Program {
    public static void main(String[] words) throws IOException {
      run(words[0], Path.of(words[1]));
    }

    static void run(String step, Path home) {
      SampleUpgrade upgrade =
          new SampleUpgrade(home, UPGRADE)
              .needs(new DependencySpec.Python("requirements.txt", null));
      switch (step) {
        case "install" -> new InstallDependencies().run(upgrade.input(), context(home));
        case "restore" -> new RestoreDependencies().run(upgrade.input().back(), context(home));
        default -> throw new IllegalArgumentException(step);
      }
    }
  }
}
