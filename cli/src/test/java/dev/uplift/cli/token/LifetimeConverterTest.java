package dev.uplift.cli.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class LifetimeConverterTest {
  private final LifetimeConverter converter = new LifetimeConverter();

  @Test
  void minutesHoursAndDaysAreUnderstood() {
    assertThat(converter.convert("45m")).isEqualTo(Duration.ofMinutes(45));
    assertThat(converter.convert("12h")).isEqualTo(Duration.ofHours(12));
    assertThat(converter.convert("30d")).isEqualTo(Duration.ofDays(30));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "30", "0d", "-1d", "1w", "1.5h", "9999999d"})
  void anythingElseIsRefused(String written) {
    assertThatThrownBy(() -> converter.convert(written))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining("'" + written + "'");
  }
}
