package dev.uplift.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that cannot be used, each told with its setting; what is in them is never told. */
class PemFilesTest {
  @TempDir private Path directory;

  @Test
  void aFileThatIsMissingIsNamedWithItsSetting() {
    Path missing = directory.resolve("nothing");

    assertThatThrownBy(() -> PemFiles.authorities(missing))
        .isInstanceOf(EngineSettingsException.class)
        .hasMessageContaining("uplift.engine.tls.ca-file")
        .hasMessageContaining(missing.toString());
    assertThatThrownBy(() -> PemFiles.pair(missing, missing))
        .hasMessageContaining("uplift.engine.tls.cert-file");
    assertThatThrownBy(() -> PemFiles.apiKey(missing))
        .hasMessageContaining("uplift.engine.api-key-file");
  }

  @Test
  void whatIsNoCertificateIsToldSo() throws Exception {
    Path file = write("this is not a certificate");

    assertThatThrownBy(() -> PemFiles.authorities(file))
        .isInstanceOf(EngineSettingsException.class)
        .hasMessageContaining("certificate")
        .hasMessageNotContaining("this is not");
  }

  @Test
  void aKeyInAnotherFormIsToldWithHowToConvertIt() throws Exception {
    Path key = write("-----BEGIN RSA PRIVATE KEY-----\nc2VjcmV0\n-----END RSA PRIVATE KEY-----\n");

    assertThatThrownBy(() -> PemFiles.key(key, "RSA"))
        .isInstanceOf(EngineSettingsException.class)
        .hasMessageContaining("uplift.engine.tls.key-file")
        .hasMessageContaining("openssl pkcs8 -topk8 -nocrypt")
        .hasMessageNotContaining("c2VjcmV0");
  }

  @Test
  void anApiKeyIsOneWord() throws Exception {
    assertThat(PemFiles.apiKey(write("abc.def-123\n"))).isEqualTo("abc.def-123");
    for (String unusable : new String[] {"", "\n", "two words", "two\nlines", "caf\u00e9"}) {
      assertThatThrownBy(() -> PemFiles.apiKey(write(unusable)))
          .as("'%s'", unusable)
          .isInstanceOf(EngineSettingsException.class)
          .hasMessageContaining("uplift.engine.api-key-file")
          .hasMessageNotContaining("two");
    }
  }

  @Test
  void aKeyThatOthersMayReadIsNotUsedHoweverGoodItIs() throws Exception {
    Path file = write("abc.def-123\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

    assertThatThrownBy(() -> PemFiles.apiKey(file))
        .isInstanceOf(EngineSettingsException.class)
        .hasMessageContaining("uplift.engine.api-key-file: " + file)
        .hasMessageContaining("mode 0644")
        .hasMessageContaining("chmod 600 " + file)
        .hasMessageNotContaining("abc.def");
    assertThatThrownBy(() -> PemFiles.key(file, "RSA"))
        .isInstanceOf(EngineSettingsException.class)
        .hasMessageContaining("uplift.engine.tls.key-file: " + file)
        .hasMessageContaining("chmod 600 " + file);
  }

  private Path write(String content) throws Exception {
    Path file = Files.writeString(directory.resolve("file"), content);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }
}
