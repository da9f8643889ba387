package dev.uplift.api.notify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class MessageTest {
  @Test
  void aLongReasonIsNotCutWithinACharacter() {
    String smileys = "x" + "\ud83d\ude00".repeat(2_000);

    String kept =
        Message.Reason.of(new Failure("AnyStep", FailureKind.UNHEALTHY, smileys, "", "")).message();

    assertThat(kept).endsWith("\ud83d\ude00…").hasSize(2_000);
    assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(kept)).isTrue();
  }
}
