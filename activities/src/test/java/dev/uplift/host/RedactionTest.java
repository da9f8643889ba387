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
import org.junit.jupiter.params.provider.ValueSource;

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
          DB_PASS=c4n4ry
          SMTP_PASS: c4n4ry
          MYSQL_PWD=c4n4ry
          OLD_DB_PASS=two c4n4ry words
          STRIPE_KEY=c4n4ry
          ENCRYPTION_KEY=c4n4ry
          SIGNING_KEY_V2: "c4n4ry"
          signing-key: c4n4ry
          {"encryptionKey": "c4n4ry"}
          {dbPass: 'c4n4ry'}
          {auth: {"user": "ops", "pass": "c4n4ry"}}
          mysqldump --db-pass c4n4ry
          postgres://u:c4n4ry/w@h/db
          postgres://u:p/c4n4ry@h/db
          postgres://u:p@c4n4ry/w@h/db
          postgresql+psycopg2://u:p/c4n4ry?@h:5432/db
          redis://:p/c4n4ry@h:6379/0
          could not connect to "postgres:\\/\\/u:p\\/c4n4ry@h\\/db"
          https://u:p/c4n4ry@h/a.git
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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "KeyError: 'key'",
        "KeyError: 'stripe_key'",
        "FOREIGN KEY constraint failed",
        "foreign key: users.id",
        "sa.Column(primary_key=id, foreign_key: users)",
        "Django: unique_key=email, primaryKey: id, sort-key: name",
        "Key (email)=(a@example.org) already exists.",
        "duplicate key value violates unique constraint \"users_email_key\"",
        "PWD=/srv/acme",
        "OLDPWD=/root",
        "pass: 12, fail: 1",
        "bypass=1 compass: north hotkey=x",
        "https://example.org/path?mail=a@b",
        "https://example.org:8443/path?mail=a@b",
        "http://127.0.0.1:32201/a@b",
        "postgres://db.example.org:5432/app?mail=a@b",
        "mongodb://one:27017,two:27017/app?mail=a@b",
        "file:///srv/acme/a:b@c",
        "see https://example.org/a, or write to: a@b"
      })
  void whatOnlyLooksLikeASecretStaysReadable(String text) {
    assertThat(Redaction.of(text)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          git+https://ops:c4n4ry@h/a@v1.0 | git+https://***@h/a@v1.0
          https://ops:c4n4ry@h/@scope/a   | https://***@h/@scope/a
          postgres://u:p/c4n4ry@h/db      | postgres://***@h/db
          amqp://u:p@one,amqp://u:p@two   | amqp://***@two
          DB_PASS=c4n4ry, PORT=1          | DB_PASS=***
          {"stripe_key": "c4n4ry", "a": 1} | {"stripe_key": ***, "a": 1}
          """)
  void whatIsBesideASecretStaysReadable(String text, String clean) {
    assertThat(Redaction.of(text)).isEqualTo(clean);
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
          assertThat(Redaction.of("a_".repeat(25_000))).hasSize(50_000);
          assertThat(Redaction.of("://a:".repeat(10_000))).hasSize(50_000);
          assertThat(Redaction.of("_key".repeat(12_500))).hasSize(50_000);
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
