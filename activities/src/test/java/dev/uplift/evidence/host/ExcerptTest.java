package dev.uplift.evidence.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ExcerptTest {

  @Test
  void aShortTextIsKeptAsItIs() {
    Excerpt kept = Excerpt.of("first\n\tsecond: café\n", 0);

    assertThat(kept).isEqualTo(new Excerpt("first\n\tsecond: café\n", 0));
  }

  @Test
  void secretsAreTakenOut() {
    Excerpt kept = Excerpt.of("API_TOKEN=abc123\nhttps://ops:hunter2@example.org/x\n", 0);

    assertThat(kept.text()).doesNotContain("abc123", "hunter2").contains("API_TOKEN=", "/x");
    assertThat(Excerpt.name("migrate --password hunter2")).doesNotContain("hunter2");
  }

  @Test
  void coloursDoNotHideASecret() {
    assertThat(Excerpt.of("API_TOKEN=\u001B[31mabc123\u001B[0m\n", 0).text())
        .doesNotContain("abc123")
        .startsWith("API_TOKEN=***");
  }

  @Test
  void ofALongTextTheLastWholeLinesAreKeptAndTheRestIsCounted() {
    String line = "0123456789abcde\n";
    Excerpt kept = Excerpt.of(line.repeat(10_000), 0);

    assertThat(kept.text().length()).isBetween(64 * 1024 - line.length(), 64 * 1024);
    assertThat(kept.text()).startsWith("0123456789").endsWith("abcde\n");
    assertThat(kept.cutBytes()).isEqualTo(160_000 - kept.text().length());
  }

  @Test
  void whatIsLeftOfASecretThatWasCutIsNotShown() {
    // The name of the value, and the first lines of the key, were cut off with what was before.
    String keyLines =
        "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n".repeat(40);
    String rest = "ordinary line\n".repeat(4_000);

    Excerpt value = Excerpt.of("3cretValue and more " + rest, 50_000_000);
    Excerpt key = Excerpt.of(keyLines + "-----END PRIVATE KEY-----\n" + rest, 1_000);

    assertThat(value.text()).doesNotContain("3cretValue").contains("ordinary line");
    assertThat(value.cutBytes()).isBetween(50_000_000L + 8 * 1024, 50_000_000L + 9 * 1024);
    assertThat(key.text()).doesNotContain("MIIEvQ").contains("ordinary line");
  }

  @Test
  void theEndOfAKeyWhoseBeginningIsMissingIsTakenOut() {
    String log = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0\n".repeat(20);

    assertThat(Excerpt.of(log + "-----END RSA PRIVATE KEY-----\nnext\n", 0).text())
        .doesNotContain("c2VjcmV0")
        .endsWith("next\n");
  }

  @Test
  void binaryGarbageBecomesPrintableAndStaysBounded() throws Exception {
    byte[] garbage = new byte[72 * 1024];
    new Random(7).nextBytes(garbage);
    AtomicReference<Excerpt> kept = new AtomicReference<>();
    // With the stack that a worker's threads have.
    Thread worker =
        new Thread(
            null,
            () -> kept.set(Excerpt.of(new String(garbage, StandardCharsets.UTF_8), 1)),
            "worker",
            512 * 1024);
    worker.start();
    worker.join(TimeUnit.SECONDS.toMillis(20));

    assertThat(kept.get().text().getBytes(StandardCharsets.UTF_8).length)
        .isBetween(1, Excerpt.MAX_BYTES);
    assertThat(kept.get().text().chars().filter(c -> c < ' ' && c != '\n' && c != '\t')).isEmpty();
  }

  @Test
  void oneEndlessLineIsCutBetweenTwoCharacters() {
    Excerpt kept = Excerpt.of("é".repeat(100_000), 0);

    assertThat(kept.text()).matches("é+");
    assertThat(kept.text().getBytes(StandardCharsets.UTF_8).length)
        .isBetween(Excerpt.MAX_BYTES - 1, Excerpt.MAX_BYTES);
  }
}
