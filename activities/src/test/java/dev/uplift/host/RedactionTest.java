package dev.uplift.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
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
          {"api-key": "c4n4ry"}
          {'API_TOKEN': 'c4n4ry', 'PATH': '/bin'}
          {"message": "{\\"access_token\\": \\"c4n4ry\\"}"}
          {:secret=>"c4n4ry"}
          environ({b'DB_PASSWORD': b'c4n4ry'})
          API_TOKEN="c4n4ry"
          export DB_PASSPHRASE='two c4n4ry words'
          DB_PASSPHRASE=two c4n4ry words
          DB_PASSWORD=a,c4n4ry;&b'c4n4ry
          AWS_SECRET_ACCESS_KEY=c4n4ry
          AWS_ACCESS_KEY_ID=c4n4ry
          ('Authorization', 'Bearer c4n4ry')
          {'Authorization': 'Basic c4n4ry'}
          Authorization: Digest username="a", response="c4n4ry"
          Set-Cookie: session=c4n4ry; HttpOnly
          curl --token c4n4ry http://a
          assert token == 'c4n4ry'
          "https:\\/\\/ops:c4n4ry@git.example.org\\/a.git"
          https://hooks.example.org/?access_token=c4n4ry
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
    assertThat(Redaction.of("No matching distribution found for tokenizers==0.15.0"))
        .isEqualTo("No matching distribution found for tokenizers==0.15.0");
    assertThat(Redaction.of("token_file: /etc/uplift/cbapp.token cannot be read"))
        .isEqualTo("token_file: /etc/uplift/cbapp.token cannot be read");
    assertThat(Redaction.of("{\"token\": \"c4n4ry\", \"status\": 401}"))
        .isEqualTo("{\"token\": ***, \"status\": 401}");
    assertThat(Redaction.of((String) null)).isNull();
  }

  @Test
  void aLongTextIsCleanedSoon() {
    String value = "\\n-".repeat(50_000);

    assertTimeout(
        Duration.ofSeconds(10),
        () -> {
          assertThat(Redaction.of("{\"token\": \"" + value + "\"}")).isEqualTo("{\"token\": ***}");
          assertThat(Redaction.of("{'token': '" + value)).isEqualTo("{'token': ***");
          assertThat(Redaction.of(value)).isEqualTo(value);
          assertThat(Redaction.of("-".repeat(50_000))).hasSize(50_000);
        });
  }

  @Test
  void aPrivateKeyDoesNotGetThrough() {
    assertThat(
            Redaction.of(
                "key: -----BEGIN OPENSSH PRIVATE KEY-----\nc4n4ry\n"
                    + "-----END OPENSSH PRIVATE KEY-----\nend"))
        .isEqualTo("key: ***\nend");
  }

  @Test
  void anExceptionIsLoggedWithItsPlacesAndWithoutSecrets() {
    Exception thrown =
        new IllegalStateException(
            "API_TOKEN=c4n4ry", new IOException("https://ops:c4n4ry@git.example.org refused"));
    thrown.addSuppressed(new IOException("password: c4n4ry"));

    StringWriter trace = new StringWriter();
    Redaction.of(thrown).printStackTrace(new PrintWriter(trace));

    assertThat(trace.toString())
        .doesNotContain(SECRET)
        .contains(
            "java.lang.IllegalStateException: API_TOKEN=***",
            "java.io.IOException: https://***@git.example.org refused",
            "RedactionTest.anExceptionIsLoggedWithItsPlacesAndWithoutSecrets");
  }
}
