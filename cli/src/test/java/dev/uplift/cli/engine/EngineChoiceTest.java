package dev.uplift.cli.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.cli.engine.EngineChoice.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineChoiceTest {

  @Test
  void theThreeWordsAndAnAddressAreUnderstood() {
    assertThat(EngineChoice.of("auto").kind()).isEqualTo(Kind.AUTO);
    assertThat(EngineChoice.of("embedded").kind()).isEqualTo(Kind.EMBEDDED);
    assertThat(EngineChoice.of("dev-server").kind()).isEqualTo(Kind.DEV_SERVER);
    assertThat(EngineChoice.of("temporal.example.org:7233"))
        .isEqualTo(new EngineChoice(Kind.ADDRESS, "temporal.example.org:7233"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "embeded", "host", "host:", ":7233", "host:70000", "a b:1", "h:1:2"})
  void anythingElseIsRefused(String written) {
    assertThatThrownBy(() -> EngineChoice.of(written))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("auto, embedded, dev-server or HOST:PORT");
  }
}
