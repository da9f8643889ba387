package dev.uplift.cli.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class InterruptibleTest {
  @Test
  void workThatForgetsAnInterruptionIsInterruptedAgain() throws InterruptedException {
    CountDownLatch returned = new CountDownLatch(1);
    Thread worker =
        new Thread(
            () -> {
              for (int forgotten = 0; forgotten < 2; forgotten++) {
                awaitInterruption();
              }
              returned.countDown();
            });
    worker.start();

    Interruptible.end(worker, returned, Duration.ofMinutes(2));

    assertThat(returned.getCount()).isZero();
  }

  @Test
  void itIsNotWaitedForEver() {
    Thread worker = new Thread(InterruptibleTest::awaitInterruption);
    worker.start();

    Interruptible.end(worker, new CountDownLatch(1), Duration.ZERO);
  }

  @Test
  void workThatIsNotEndedFailsAsItDoes() {
    assertThatThrownBy(
            () ->
                Interruptible.run(
                    Duration.ZERO,
                    () -> {
                      throw new IOException("the disk is full");
                    }))
        .isInstanceOf(IOException.class)
        .hasMessage("the disk is full");
  }

  private static void awaitInterruption() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException forgotten) {
      // As some libraries do.
    }
  }
}
