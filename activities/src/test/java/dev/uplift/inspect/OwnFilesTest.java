package dev.uplift.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uplift.host.StepFailure;
import dev.uplift.host.TenantPaths;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OwnFilesTest {
  private static final int SOMEBODY_ELSE = 65_534;
  @TempDir Path checkout;

  @BeforeEach
  void makeTenant() throws IOException {
    for (String directory :
        List.of("db", ".git/objects/0a", ".git/logs", "scripts/tools/lib", "uploads")) {
      Files.createDirectories(checkout.resolve(directory));
    }
    for (String file :
        List.of(
            "db/pocket.db",
            "db/pocket.db-wal",
            "keys.json",
            ".git/index",
            ".git/logs/HEAD",
            "scripts/tools/lib/one.sh")) {
      Files.writeString(checkout.resolve(file), "x");
    }
  }

  @Test
  void aTenantWhoseFilesAreAllOursIsAccepted() {
    assertThatCode(this::require).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "db",
        "db/pocket.db",
        "db/pocket.db-wal",
        "keys.json",
        ".git",
        ".git/logs/HEAD",
        ".git/objects/0a",
        "scripts",
        "scripts/tools",
        "scripts/tools/lib"
      })
  void aFileOfSomebodyElseIsNamedWithItsOwner(String foreign) throws IOException {
    giveAway(checkout.resolve(foreign));

    StepFailure failure = catchThrowableOfType(StepFailure.class, this::require);

    assertThat(failure.kind()).isEqualTo(FailureKind.WRONG_OWNER);
    assertThat(failure.evidence()).contains(checkout.resolve(foreign) + " belongs to ");
    assertThat(failure.advice()).contains("chown -R", checkout.toString());
  }

  @Test
  void whatIsNotTheUpgradesBusinessMayBelongToAnybody() throws IOException {
    giveAway(Files.writeString(checkout.resolve("access.log"), "x"));
    giveAway(Files.writeString(checkout.resolve("db/pocket.db.old"), "x"));
    giveAway(checkout.resolve(".git/index"));
    giveAway(checkout.resolve("scripts/tools/lib/one.sh"));
    giveAway(checkout.resolve("uploads"));

    assertThatCode(this::require).doesNotThrowAnyException();
  }

  private void require() {
    OwnFiles.require(
        new TenantPaths(checkout, checkout.resolve("db/pocket.db")),
        List.of("keys.json"),
        Set.of(
            "README.md", "scripts/tools/lib/one.sh", "scripts/tools/lib/gone.sh", "gone/two.sh"));
  }

  private static void giveAway(Path file) {
    try {
      Files.setAttribute(file, "unix:uid", SOMEBODY_ELSE, LinkOption.NOFOLLOW_LINKS);
    } catch (IOException notRoot) {
      assumeTrue(false, "only root can give files away");
    }
  }
}
