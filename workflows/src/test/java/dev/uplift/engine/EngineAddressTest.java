package dev.uplift.engine;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineAddressTest {
  private static final String ELSEWHERE = "192.0.2.7:7233";
  private static final Path FILE = Path.of("/etc/uplift/file");

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:7233", "127.8.9.10:7233", "localhost:7233", "[::1]:7233"})
  void anEngineOfThisMachineNeedsNoProtection(String target) {
    assertThatCode(new EngineAddress(target, null, false)::requireProtected)
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {ELSEWHERE, "0.0.0.0:7233", "[2001:db8::7]:7233"})
  void anotherMachineIsRefusedWithWhatToSet(String target) {
    assertThatThrownBy(new EngineAddress(target, null, false)::requireProtected)
        .isInstanceOf(EngineSettingsException.class)
        .hasMessageContaining(target)
        .hasMessageContaining("uplift.engine.tls.cert-file")
        .hasMessageContaining("uplift.engine.api-key-file")
        .hasMessageContaining("uplift.engine.insecure");
  }

  @Test
  void encryptionAloneDoesNotSayWhoCalls() {
    assertThatThrownBy(
            at(ELSEWHERE, new EngineSecurity(FILE, null, null, "temporal", null, false))
                ::requireProtected)
        .isInstanceOf(EngineSettingsException.class);
  }

  @Test
  void aCertificateAnApiKeyOrTheWordOfTheOperatorIsEnough() {
    EngineSecurity certificate = new EngineSecurity(null, FILE, FILE, null, null, false);
    EngineSecurity apiKey = new EngineSecurity(null, null, null, null, FILE, false);
    EngineSecurity word = new EngineSecurity(null, null, null, null, null, true);

    for (EngineSecurity security : new EngineSecurity[] {certificate, apiKey, word}) {
      assertThatCode(at(ELSEWHERE, security)::requireProtected).doesNotThrowAnyException();
    }
  }

  @Test
  void aHostThatNobodyKnowsIsNotThisMachine() {
    assertThatThrownBy(new EngineAddress("engine.invalid:7233", null, false)::requireProtected)
        .isInstanceOf(EngineSettingsException.class)
        .hasMessageContaining("engine.invalid");
  }

  @Test
  void aCertificateNeedsItsKey() {
    assertThatThrownBy(() -> new EngineSecurity(null, FILE, null, null, null, false))
        .isInstanceOf(EngineSettingsException.class)
        .hasMessageContaining("cert-file")
        .hasMessageContaining("key-file");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "host", "host:", ":7233", "host:70000", "h:1:2", "dns:///host:7233", "a b:1"})
  void anythingButHostAndPortIsRefused(String target) {
    assertThatThrownBy(() -> new EngineAddress(target, null, false))
        .isInstanceOf(EngineSettingsException.class)
        .hasMessageContaining("HOST:PORT");
  }

  private static EngineAddress at(String target, EngineSecurity security) {
    return new EngineAddress(target, null, false, security);
  }
}
