package dev.uplift.api.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class SignatureTest {
  private static final Instant TIME = Instant.ofEpochSecond(1614265330);
  private static final String BODY = "{\"test\": 2432232314}";

  @Test
  void aKeyInBase64SignsAsStandardWebhooksSays() {
    // Key, id, time and body of the specification's example; the code was computed with openssl.
    assertThat(
            Signature.of(
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                TIME,
                BODY))
        .isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  }

  @Test
  void idTimeAndBodyAreAllSigned() {
    String signature = Signature.of("secret", "1", TIME, BODY);

    assertThat(Signature.of("secret", "2", TIME, BODY)).isNotEqualTo(signature);
    assertThat(Signature.of("secret", "1", TIME.plusSeconds(1), BODY)).isNotEqualTo(signature);
    assertThat(Signature.of("secret", "1", TIME, BODY + " ")).isNotEqualTo(signature);
    assertThat(Signature.of("Secret", "1", TIME, BODY)).isNotEqualTo(signature);
  }
}
