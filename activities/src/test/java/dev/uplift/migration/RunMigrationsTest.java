package dev.uplift.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.dependency.SampleUpgrade;
import dev.uplift.host.StepContext;
import dev.uplift.host.StepFailure;
import dev.uplift.profile.Migrations;
import dev.uplift.profile.Timeouts;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.StepResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunMigrationsTest {
  @TempDir Path directory;
  private SampleUpgrade upgrade;
  private final List<String> events = new ArrayList<>();
  private final RecordingCheck check = new RecordingCheck();

  @BeforeEach
  void aCheckout() throws IOException {
    upgrade = new SampleUpgrade(directory);
    Files.createDirectories(upgrade.checkout.resolve("scripts"));
  }

  @Test
  void scriptsRunInOrderInTheCheckoutAndTheRowsAreNotedAfterTheCheck() throws IOException {
    script("scripts/b.py", "import os; print(os.getcwd()); open('order', 'a').write('b')");
    script("scripts/a.py", "print('✓ column (already exists)'); open('order', 'a').write('a')");

    StepResult result = run("scripts/b.py", "scripts/a.py");

    assertThat(Files.readString(upgrade.checkout.resolve("order"))).isEqualTo("ba");
    assertThat(result.summary()).isEqualTo("Ran 2 migrations");
    assertThat(result.facts().migrationsRun()).containsExactly("scripts/b.py", "scripts/a.py");
    assertThat(result.output())
        .isEqualTo(
            "== scripts/b.py\n"
                + upgrade.checkout
                + "\n== scripts/a.py\n✓ column (already exists)\n");
    assertThat(events).containsExactly("check", "rows");
  }

  @Test
  void noScriptRunsAfterOneThatFailed() throws IOException {
    script("scripts/a.py", "print('half'); raise ValueError('second statement')");
    script("scripts/b.py", "open('ran', 'w')");

    assertFailure(FailureKind.MIGRATION_FAILED, "scripts/a.py failed with exit code 1");
    assertThat(upgrade.checkout.resolve("ran")).doesNotExist();
    assertThat(events).isEmpty();
  }

  @Test
  void aModuleThatIsNotInstalledIsAMissingDependency() throws IOException {
    script("scripts/a.py", "import nosuchmodule");

    assertFailure(FailureKind.MISSING_DEPENDENCY, "No module named 'nosuchmodule'");
  }

  @Test
  void aProgramThatIsNotThereIsAFailedMigration() {
    upgrade.migrates(new Migrations(List.of("venv/bin/python", "manage.py"), null, null));

    assertThatThrownBy(this::step)
        .isInstanceOfSatisfying(
            StepFailure.class,
            failure -> {
              assertThat(failure.kind()).isEqualTo(FailureKind.MIGRATION_FAILED);
              assertThat(failure.evidence()).contains("venv/bin/python");
            });
  }

  @Test
  void aFullDiskIsNotBlamedOnTheScript() throws IOException {
    script("scripts/a.py", "raise OSError(28, 'No space left on device')");

    assertFailure(FailureKind.DISK_FULL, "disk is full");
  }

  @Test
  void theLimitIsForAllScriptsTogether() throws IOException {
    upgrade.within(new Timeouts(null, null, null, null, null, Duration.ofSeconds(12)));
    // Each has the time to start and to end by itself, but not both have.
    script("scripts/a.py", "import time; time.sleep(3)");
    script("scripts/b.py", "import time; time.sleep(10)");

    assertFailure(FailureKind.MIGRATION_TIMEOUT, "not done after 12 s; scripts/b.py was running");
  }

  @Test
  void aVerifyCommandThatFailsMeansThatTheSchemaIsWrong() throws IOException {
    script("scripts/a.py", "");
    upgrade.migrates(
        new Migrations(
            List.of("python3", "{script}"),
            List.of("scripts/a.py"),
            List.of("python3", "-c", "import sys; sys.exit('column email is missing')")));

    assertThatThrownBy(this::step)
        .isInstanceOfSatisfying(
            StepFailure.class,
            failure -> {
              assertThat(failure.kind()).isEqualTo(FailureKind.SCHEMA_WRONG);
              assertThat(failure.evidence()).contains("== verify\ncolumn email is missing");
            });
  }

  @Test
  void aDatabaseThatDoesNotHoldTogetherFailsTheStep() throws IOException {
    script("scripts/a.py", "");
    check.broken = true;

    assertFailure(FailureKind.SCHEMA_WRONG, "broken");
  }

  @Test
  void anAttemptAfterOneThatHadBegunRestoresTheDatabaseFirst() throws IOException {
    script("scripts/a.py", "raise SystemExit(1)");
    assertThatThrownBy(() -> run("scripts/a.py")).isInstanceOf(StepFailure.class);
    assertThat(events).isEmpty();

    script("scripts/a.py", "");
    run("scripts/a.py");
    assertThat(events).containsExactly("restore", "check", "rows");
  }

  @Test
  void withoutMigrationsOnlyTheRowsAreNoted() throws IOException {
    script("scripts/a.py", "open('ran', 'w')");
    upgrade.runsMigrations(false);

    StepResult result = run("scripts/a.py");

    assertThat(result.facts().migrationsRun()).isNull();
    assertThat(upgrade.checkout.resolve("ran")).doesNotExist();
    assertThat(events).containsExactly("rows");
  }

  @Test
  void nothingOfTheWorkersOwnEnvironmentReachesAScript() throws IOException {
    script("scripts/a.py", "import os; print(sorted(os.environ))");

    assertThat(run("scripts/a.py").output()).doesNotContain("UPLIFT_TOKEN").contains("LC_ALL");
  }

  @Test
  void aScriptLeavesNoByteCodeOfWhatItImports() throws IOException {
    script("scripts/helper.py", "");
    script("scripts/a.py", "import helper");

    run("scripts/a.py");

    assertThat(upgrade.checkout.resolve("scripts/__pycache__")).doesNotExist();
  }

  private void assertFailure(FailureKind kind, String message) {
    assertThatThrownBy(() -> run("scripts/a.py", "scripts/b.py"))
        .isInstanceOfSatisfying(
            StepFailure.class, failure -> assertThat(failure.kind()).isEqualTo(kind))
        .hasMessageContaining(message);
  }

  private void script(String path, String source) throws IOException {
    upgrade.file(path, source);
    Files.writeString(upgrade.checkout.resolve(path), source);
  }

  private StepResult run(String... scripts) {
    upgrade.migrates(new Migrations(List.of("python3", "{script}"), List.of(scripts), null));
    return step();
  }

  private StepResult step() {
    return new RunMigrations(
            upgrade.releases(),
            (input, context) -> events.add("restore"),
            check,
            Map.of("PATH", System.getenv("PATH"), "UPLIFT_TOKEN", "secret"))
        .run(upgrade.input(), upgrade.context());
  }

  private final class RecordingCheck implements DatabaseCheck {
    boolean broken;

    @Override
    public void afterRehearsal(StepContext context, Path database) {
      throw new AssertionError("this is no rehearsal");
    }

    @Override
    public void afterMigration(StepContext context, Path database) {
      if (broken) {
        throw new StepFailure(FailureKind.SCHEMA_WRONG, "broken", null, null);
      }
      events.add("check");
    }

    @Override
    public void noteRows(StepContext context, Path database) {
      assertThat(database).isEqualTo(upgrade.checkout.resolve("db/pocket.db"));
      events.add("rows");
    }
  }
}
