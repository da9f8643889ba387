package dev.uplift.api.notify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.api.notify.ChannelSettings.CommandSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandChannelTest {
  private static final String BODY = "{\"event\":\"rolled_back\"}";
  @TempDir private Path directory;

  @Test
  void theProgramReadsTheBodyAndSeesNothingOfOurEnvironment() throws Exception {
    Path seen = directory.resolve("seen");

    Channel.Answer answer = deliver("cat > \"$0\"; env | cut -d= -f1 | sort | tr '\\n' ' '", seen);

    assertThat(seen).hasContent(BODY);
    assertThat(answer.delivered()).isTrue();
    assertThat(answer.said()).isEqualTo("exit code 0: LC_ALL PATH PWD");
  }

  @Test
  void anotherExitCodeIsNoDelivery() throws Exception {
    assertThat(deliver("echo no pager >&2; exit 3", directory))
        .isEqualTo(new Channel.Answer(false, "exit code 3: no pager"));
  }

  @Test
  void aProgramThatReadsNothingAndPrintsMuchIsNoTrouble() throws Exception {
    Channel.Answer answer = deliver("head -c 1000000 /dev/zero | tr '\\0' x", directory);

    assertThat(answer.delivered()).isTrue();
    assertThat(answer.said()).hasSize("exit code 0: ".length() + 1_024);
  }

  @Test
  void aProgramThatDoesNotEndIsKilledWithItsChildren() throws Exception {
    Path pid = directory.resolve("pid");

    Channel.Answer answer =
        deliver("sleep 1000 & echo $! > \"$0\"; wait", pid, Duration.ofSeconds(10));

    assertThat(answer).isEqualTo(new Channel.Answer(false, "did not end within 10 s"));
    long child = Long.parseLong(Files.readString(pid).strip());
    ProcessHandle.of(child)
        .ifPresent(left -> assertThat(left.onExit()).succeedsWithin(30, TimeUnit.SECONDS));
  }

  @Test
  void aProgramThatIsNotThereIsTold() throws Exception {
    Channel channel =
        new CommandChannel(new CommandSettings(List.of("/does/not/exist"), Duration.ofSeconds(1)));

    Channel.Answer answer = channel.deliver(NotificationSamples.pending(BODY));

    assertThat(answer.delivered()).isFalse();
    assertThat(answer.said()).contains("cannot be started", "/does/not/exist");
  }

  private static Channel.Answer deliver(String script, Path argument) throws InterruptedException {
    return deliver(script, argument, Duration.ofSeconds(20));
  }

  private static Channel.Answer deliver(String script, Path argument, Duration limit)
      throws InterruptedException {
    return new CommandChannel(
            new CommandSettings(List.of("/bin/sh", "-c", script, argument.toString()), limit))
        .deliver(NotificationSamples.pending(BODY));
  }
}
