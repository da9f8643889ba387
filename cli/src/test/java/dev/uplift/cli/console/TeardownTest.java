package dev.uplift.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TeardownTest {
  private final StringWriter err = new StringWriter();
  private final List<String> ended = new ArrayList<>();

  @Test
  void everythingIsEndedInReverseOrderWhateverFails() {
    Teardown teardown = new Teardown(new PrintWriter(err, true));
    teardown.add(() -> ended.add("engine"));
    teardown.add(
        () -> {
          throw new IOException("api does not end");
        });
    teardown.add(() -> ended.add("worker"));

    teardown.close();

    assertThat(ended).containsExactly("worker", "engine");
    assertThat(err.toString()).contains("api does not end");
  }

  @Test
  void anInterruptionDoesNotCutItShortAndIsNotForgotten() {
    Teardown teardown = new Teardown(new PrintWriter(err, true));
    teardown.add(() -> ended.add(Thread.currentThread().isInterrupted() ? "hurried" : "in peace"));

    Thread.currentThread().interrupt();
    teardown.close();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(ended).containsExactly("in peace");
  }
}
