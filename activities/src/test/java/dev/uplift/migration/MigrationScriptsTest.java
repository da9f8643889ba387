package dev.uplift.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.dependency.SampleUpgrade;
import dev.uplift.host.StepFailure;
import dev.uplift.profile.Migrations;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MigrationScriptsTest {
  @TempDir Path directory;
  private SampleUpgrade upgrade;

  @BeforeEach
  void aRelease() throws IOException {
    upgrade = new SampleUpgrade(directory).file("scripts/b.py", "").file("scripts/a.py", "");
  }

  @Test
  void scriptsRunInTheProfilesOrderAndOneThatTheReleaseLacksIsSkipped() {
    MigrationScripts scripts =
        scripts(
            new Migrations(
                List.of("venv/bin/python", "{script}", "--tenant={slug}"),
                List.of("scripts/b.py", "scripts/gone.py", "scripts/a.py"),
                null));

    assertThat(scripts.names()).containsExactly("scripts/b.py", "scripts/a.py");
    assertThat(scripts.commands().get(0).words())
        .containsExactly("venv/bin/python", "scripts/b.py", "--tenant=acme");
  }

  @Test
  void aSingleCommandIsNamedByItsWords() {
    MigrationScripts scripts =
        scripts(new Migrations(List.of("venv/bin/python", "manage.py", "migrate"), null, null));

    assertThat(scripts.names()).containsExactly("venv/bin/python manage.py migrate");
  }

  @Test
  void noCommandMeansNoMigrations() {
    assertThat(scripts(Migrations.NONE).commands()).isEmpty();
  }

  @Test
  void aCommandThatNeedsWhatTheTenantLacksIsAnInvalidProfile() {
    assertThatThrownBy(
            () -> scripts(new Migrations(List.of("migrate", "{admin_port}"), null, null)))
        .isInstanceOfSatisfying(
            StepFailure.class,
            failure -> {
              assertThat(failure.kind()).isEqualTo(FailureKind.PROFILE_INVALID);
              assertThat(failure.evidence()).contains("{admin_port}");
            });
  }

  private MigrationScripts scripts(Migrations migrations) {
    upgrade.migrates(migrations);
    return MigrationScripts.of(upgrade.input(), upgrade.releases().apply(upgrade.input()));
  }
}
