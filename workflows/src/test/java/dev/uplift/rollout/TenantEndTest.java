package dev.uplift.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.temporal.failure.CanceledFailure;
import org.junit.jupiter.api.Test;

class TenantEndTest {
  @Test
  void aRehearsalThatWasCancelledSaysSo() {
    TenantEnd end =
        TenantEnd.ofRehearsal(
            null, new IllegalStateException(new CanceledFailure("its rollout was aborted")));

    assertThat(end.outcome()).isEqualTo(Outcome.REJECTED);
    assertThat(end.message()).isEqualTo("Its rehearsal was cancelled.");
  }

  @Test
  void oneThatEndedNobodyKnowsHowSaysThat() {
    TenantEnd end = TenantEnd.ofRehearsal(null, new IllegalStateException("terminated"));

    assertThat(end.outcome()).isEqualTo(Outcome.REJECTED);
    assertThat(end.message()).isEqualTo("Its rehearsal ended without a report.");
  }
}
