package dev.uplift.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.dependency.SampleUpgrade;
import dev.uplift.host.StepContext;
import dev.uplift.host.StepFailure;
import dev.uplift.profile.Migrations;
import dev.uplift.proof.Proof;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What is asked of migrations that begin anew catches who goes on with half of one. */
class WrongMigrationsTest {
  @TempDir Path directory;

  @TestFactory
  Stream<DynamicTest> aMigrationThatWasCutOffBeginsAnewOnTheDatabaseAsItWas() {
    return Proof.<DatabaseRestorer>ofRow(
            30,
            directory,
            (restorer, root) -> {
              SampleUpgrade upgrade = new SampleUpgrade(root);
              Path database = upgrade.checkout.resolve("db/pocket.db");
              Files.createDirectories(database.getParent());
              Files.writeString(database, "");
              Files.copy(database, backup(upgrade.checkout));
              script(upgrade, "scripts/first.py", "1", "");
              script(upgrade, "scripts/second.py", "2", "raise SystemExit('cut off')");
              assertThatThrownBy(() -> migrate(upgrade, restorer)).isInstanceOf(StepFailure.class);
              assertThat(database).hasContent("12");

              script(upgrade, "scripts/second.py", "2", "");
              migrate(upgrade, restorer);

              assertThat(database).hasContent("12");
            })
        .passes(
            (input, context) -> {
              Path checkout = Path.of(input.plan().tenant().path());
              copy(backup(checkout), checkout.resolve("db/pocket.db"));
            })
        .catches("a half-run migration that is adopted", (input, context) -> {}, "1212")
        .tests();
  }

  private static Path backup(Path checkout) {
    return checkout.resolve("db/pocket.db.backup");
  }

  private static void copy(Path from, Path to) {
    try {
      Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A script whose effect is seen each time that it runs. */
  private static void script(SampleUpgrade upgrade, String path, String mark, String then)
      throws IOException {
    String source = "open('db/pocket.db', 'a').write('" + mark + "'); " + then;
    upgrade.file(path, source);
    Path deployed = upgrade.checkout.resolve(path);
    Files.createDirectories(deployed.getParent());
    Files.writeString(deployed, source);
  }

  private static void migrate(SampleUpgrade upgrade, DatabaseRestorer restorer) {
    upgrade.migrates(
        new Migrations(
            List.of("python3", "{script}"),
            List.of("scripts/first.py", "scripts/second.py"),
            List.of()));
    new RunMigrations(
            upgrade.releases(), restorer, new NoCheck(), Map.of("PATH", System.getenv("PATH")))
        .run(upgrade.input(), upgrade.context());
  }

  private static final class NoCheck implements DatabaseCheck {
    @Override
    public void afterRehearsal(StepContext context, Path database) {}

    @Override
    public void afterMigration(StepContext context, Path database) {}

    @Override
    public void noteRows(StepContext context, Path database) {}
  }
}
