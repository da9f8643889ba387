package dev.uplift.cli.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class WaveConverterTest {
  private final WaveConverter converter = new WaveConverter();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      textBlock =
          """
          acme               | {"tenants":["acme"]}
          acme,hooli         | {"tenants":["acme","hooli"]}
          ring:canary        | {"ring":"canary"}
          ring:production:10 | {"ring":"production","count":10}
          ring               | {"tenants":["ring"]}
          """)
  void isWhatTheApiTakes(String written, String json) {
    assertThat(converter.convert(written)).hasToString(json);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ",",
        "acme,",
        "acme,,hooli",
        "ring:",
        "ring::3",
        "ring:canary:0",
        "ring:canary:-1",
        "ring:canary:1.5",
        "ring:canary:1000000000",
        "ring:canary,acme",
        "acme,ring:canary",
        "acme:3"
      })
  void anythingElseIsRefused(String written) {
    assertThatThrownBy(() -> converter.convert(written))
        .isInstanceOf(TypeConversionException.class)
        .hasMessage(
            "'"
                + written
                + "' is not a wave, like acme,hooli or ring:canary or ring:production:10");
  }
}
