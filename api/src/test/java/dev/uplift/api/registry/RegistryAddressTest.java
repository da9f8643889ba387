package dev.uplift.api.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegistryAddressTest {
  private static final Path PASSWORD = Path.of("/etc/uplift/registry.password");

  @Test
  void aFileIsSqlite() {
    assertThat(new RegistryAddress("state/registry.db", null, null).isPostgresql()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://db.example.org/uplift",
        "jdbc:postgresql://127.0.0.1:5432/uplift?sslmode=verify-full&sslrootcert=/etc/uplift/ca.pem",
        "jdbc:postgresql://one.example.org:5432,two.example.org:5432/uplift?targetServerType=primary",
        "jdbc:postgresql://[::1]:5432/uplift"
      })
  void aUrlIsPostgresql(String url) {
    assertThat(new RegistryAddress(url, "uplift", PASSWORD).isPostgresql()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://db/uplift?password=hunter2",
        "jdbc:postgresql://db/uplift?sslmode=require&PASSWORD=hunter2",
        "jdbc:postgresql://db/uplift?sslpassword=hunter2",
        "jdbc:postgresql://db/uplift?user=root",
        "jdbc:postgresql://root:hunter2@db/uplift",
        "postgresql://root:hunter2@db/uplift",
        "postgres://root:hunter2@db/uplift"
      })
  void aSecretInTheUrlIsRefusedAndNotRepeated(String url) {
    assertThatThrownBy(() -> new RegistryAddress(url, "uplift", PASSWORD))
        .isInstanceOf(RegistrySettingsException.class)
        .hasMessageContaining("uplift.database")
        .hasMessageNotContaining("hunter2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"jdbc:mysql://db/uplift", "jdbc:postgresql:uplift", "jdbc:postgresql://db/"})
  void anotherUrlIsRefused(String url) {
    assertThatThrownBy(() -> new RegistryAddress(url, "uplift", PASSWORD))
        .isInstanceOf(RegistrySettingsException.class)
        .hasMessageContaining("jdbc:postgresql://HOST");
  }

  @Test
  void postgresqlNeedsAUserAndAFileHasNone() {
    assertThatThrownBy(() -> new RegistryAddress("jdbc:postgresql://db/uplift", null, PASSWORD))
        .hasMessageContaining("uplift.database-user");
    assertThatThrownBy(() -> new RegistryAddress("registry.db", "uplift", null))
        .hasMessageContaining("uplift.database-user");
  }

  @Test
  void thePasswordIsReadEachTime(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("password");
    RegistryAddress address = new RegistryAddress("jdbc:postgresql://db/uplift", "uplift", file);
    assertThatThrownBy(address::password).hasMessageContaining(file.toString());

    Files.writeString(file, "first\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertThat(address.password()).isEqualTo("first");
    Files.writeString(file, "second\n");
    assertThat(address.password()).isEqualTo("second");
  }

  @Test
  void aPasswordThatOthersMayReadIsNotUsed(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("password"), "hunter2\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

    assertThatThrownBy(new RegistryAddress("jdbc:postgresql://db/uplift", "uplift", file)::password)
        .isInstanceOf(RegistrySettingsException.class)
        .hasMessageContaining("uplift.database-password-file: " + file)
        .hasMessageContaining("mode 0644")
        .hasMessageContaining("chmod 600 " + file)
        .hasMessageNotContaining("hunter2");
  }

  @Test
  void parametersAreNotShown() {
    assertThat(new RegistryAddress("jdbc:postgresql://db/uplift?sslmode=require", "uplift", null))
        .hasToString("jdbc:postgresql://db/uplift");
  }
}
