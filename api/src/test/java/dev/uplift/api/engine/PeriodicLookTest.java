package dev.uplift.api.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PeriodicLookTest {
  @Test
  void itLooksAtOnce() throws InterruptedException {
    CountDownLatch looks = new CountDownLatch(1);
    PeriodicLook look = look(3_600, looks::countDown);

    look.start();

    assertThat(looks.await(20, TimeUnit.SECONDS)).isTrue();
    look.stop();
  }

  @Test
  void aLookThatFailsIsNotTheLast() throws InterruptedException {
    CountDownLatch looks = new CountDownLatch(2);
    PeriodicLook look =
        look(
            1,
            () -> {
              looks.countDown();
              throw new IllegalStateException("the registry is away");
            });

    look.start();

    assertThat(looks.await(20, TimeUnit.SECONDS)).isTrue();
    look.stop();
  }

  private static PeriodicLook look(long pauseSeconds, Runnable body) {
    return new PeriodicLook("look", pauseSeconds) {
      @Override
      protected void look() {
        body.run();
      }
    };
  }
}
