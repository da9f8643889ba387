package dev.uplift.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ToolTest {
  @TempDir private Path directory;

  private Tool shell(String script) {
    return Tool.in(directory, Map.of(), "sh", "-c", script);
  }

  @Test
  void tellsWhatWasPrintedAndHowItEnded() {
    assertThat(shell("echo one; echo two >&2; exit 3").runToEnd())
        .isEqualTo(new Tool.Result(3, "one\ntwo\n"));
  }

  @Test
  void endsWithAllThatItHasBegunWhenItsThreadIsInterrupted() throws Exception {
    AtomicReference<Throwable> ended = new AtomicReference<>();
    Thread runner =
        new Thread(
            () -> {
              try {
                shell("sleep 600 & echo $! $$ > pids; mv pids begun; wait").run();
              } catch (SandboxException failure) {
                ended.set(failure);
              }
            });
    runner.start();
    Path begun = directory.resolve("begun");
    Eventually.holds(() -> Files.exists(begun));

    runner.interrupt();
    runner.join();

    assertThat(ended.get()).hasMessage("interrupted");
    for (String pid : Files.readString(begun).strip().split(" ")) {
      Eventually.holds(() -> ProcessHandle.of(Long.parseLong(pid)).isEmpty());
    }
  }
}
