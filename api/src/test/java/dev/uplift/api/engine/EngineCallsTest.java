package dev.uplift.api.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.uplift.engine.Engine;
import dev.uplift.engine.EngineAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EngineCallsTest {
  private static final int MORE_THAN_AT_ONCE = 40;

  private final Engine engine =
      Engine.at(new EngineAddress("127.0.0.1:1", "default", true), "test");
  private final EngineCalls calls = new EngineCalls(engine, Duration.ofSeconds(2));
  private final CountDownLatch over = new CountDownLatch(1);

  @AfterEach
  void close() {
    over.countDown();
    calls.destroy();
    engine.close();
  }

  @Test
  void aCallThatCouldNotBeginInTimeIsNeverMade() {
    for (int i = 0; i < MORE_THAN_AT_ONCE; i++) {
      calls.call(client -> await());
    }
    AtomicInteger made = new AtomicInteger();
    Throwable told = failure(calls.call(client -> made.incrementAndGet()));

    assertThat(told)
        .isInstanceOfSatisfying(EngineAway.class, away -> assertThat(away.wasAsked()).isFalse());
    over.countDown();
    assertThat(calls.call(client -> "after all that waited").join()).isNotNull();
    assertThat(made).hasValue(0);
  }

  @Test
  void aCallThatBeganMayHaveHappened() {
    Throwable told = failure(calls.call(client -> await()));

    assertThat(told)
        .isInstanceOfSatisfying(EngineAway.class, away -> assertThat(away.wasAsked()).isTrue());
  }

  private Throwable failure(CompletableFuture<?> call) {
    return calls.explain(catchThrowable(call::join));
  }

  private boolean await() {
    try {
      return over.await(1, TimeUnit.MINUTES);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
