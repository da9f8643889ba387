package dev.uplift.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretFileTest {
  private static final int SOMEBODY_ELSE = 65_534;
  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"rw-------", "r--------"})
  void whatOnlyItsOwnerMayReadIsRead(String mode) throws Exception {
    assertThat(SecretFile.read(secret(mode))).asString().isEqualTo("hunter2");
  }

  @ParameterizedTest
  @CsvSource({"rw-r--r--,0644", "r--r--r--,0444", "rw--w----,0620", "rw-----w-,0602"})
  void whatOthersMayReadOrWriteIsToldWithItsModeAndTheWayOut(String mode, String octal)
      throws Exception {
    Path file = secret(mode);

    assertThatThrownBy(() -> SecretFile.read(file))
        .isInstanceOf(ExposedSecretException.class)
        .hasMessageStartingWith(
            file
                + " may be read or written by others (mode "
                + octal
                + ", owner "
                + System.getProperty("user.name")
                + "): run 'chmod 600 "
                + file
                + "'")
        .hasMessageNotContaining("hunter2");
  }

  @Test
  void aFileOfAnotherUserIsToBecomeOurs() throws Exception {
    assumeTrue(System.getProperty("user.name").equals("root"), "only root can give files away");
    Path file = secret("rw-r--r--");
    Files.setAttribute(file, "unix:uid", SOMEBODY_ELSE);

    assertThatThrownBy(() -> SecretFile.read(file))
        .hasMessageContaining("run 'chown root " + file + " && chmod 600 " + file + "'");
  }

  @ParameterizedTest
  @CsvSource({
    "0640, 1000, 1000, true",
    "0640, 0,    1000, false",
    "0440, 0,    0,    false",
    "0640, 1001, 1000, false",
    "0660, 0,    1000, true",
    "0604, 0,    0,    true",
    "0600, 1000, 1000, false",
  })
  void aGroupMayReadOnlyWhatIsNotOursAlone(String mode, int owner, int us, boolean exposed) {
    assertThat(SecretFile.isExposed(Integer.parseInt(mode, 8), owner, us)).isEqualTo(exposed);
  }

  @Test
  void whatIsMissingIsToldAsSuch() {
    assertThatThrownBy(() -> SecretFile.read(directory.resolve("missing")))
        .isInstanceOf(NoSuchFileException.class);
  }

  private Path secret(String mode) throws Exception {
    Path file = Files.writeString(directory.resolve("secret"), "hunter2");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }
}
