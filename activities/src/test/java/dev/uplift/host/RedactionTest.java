package dev.uplift.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedactionTest {
  private static final String SECRET = "c4n4ry";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          fatal: https://ops:c4n4ry@git.example.org/a.git not found
          fatal: https://c4n4ry@git.example.org/a.git not found
          Looking in indexes: https://u:p@c4n4ry@packages.example.org/simple
          Authorization: Bearer c4n4ry
          authorization=c4n4ry
          API_TOKEN=c4n4ry
          DB_PASSWORD: c4n4ry
          my_secret = c4n4ry;
          apikey=c4n4ry
          """)
  void aSecretDoesNotGetThrough(String text) {
    assertThat(Redaction.of(text)).doesNotContain(SECRET);
  }

  @Test
  void whatIsNotSecretStaysReadable() {
    assertThat(Redaction.of("fatal: https://ops:c4n4ry@git.example.org/a.git: not found"))
        .isEqualTo("fatal: https://***@git.example.org/a.git: not found");
    assertThat(Redaction.of("sqlite3.OperationalError: no such column: given_name"))
        .isEqualTo("sqlite3.OperationalError: no such column: given_name");
    assertThat(Redaction.of(null)).isNull();
  }
}
