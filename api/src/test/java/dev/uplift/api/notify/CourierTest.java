package dev.uplift.api.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.uplift.api.registry.RegistryAddress;
import dev.uplift.api.registry.RegistryDatabase;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.jdbc.core.simple.JdbcClient;

class CourierTest {
  private static final ChannelSettings SETTINGS =
      new ChannelSettings(
          null,
          null,
          new ChannelSettings.CommandSettings(List.of("/bin/true"), Duration.ofSeconds(1)),
          Duration.ofMillis(1),
          Duration.ofMillis(1));

  @TempDir private Path directory;
  private HikariDataSource database;
  private Thread thread;

  @BeforeEach
  void open() {
    database = RegistryDatabase.open(RegistryAddress.file(directory.resolve("registry.db")));
  }

  @AfterEach
  void close() throws Exception {
    thread.interrupt();
    thread.join();
    database.close();
  }

  @Test
  void anAnswerThatCannotBeRecordedDoesNotRepeatTheMessage() throws Exception {
    Outbox strict =
        new Outbox(JdbcClient.create(database), Clock.systemUTC()) {
          @Override
          void delivered(Notification notification, String answer) {
            if (answer.contains("odd")) {
              throw new DataIntegrityViolationException("not in this database");
            }
            super.delivered(notification, answer);
          }
        };

    Notification told = tell(strict, notification -> new Channel.Answer(true, "odd"));

    assertThat(told.status()).isEqualTo("delivered");
    assertThat(told.attempts()).isEqualTo(1);
    assertThat(told.lastAnswer()).isEqualTo("an answer that the registry does not take");
  }

  @Test
  void aChannelThatBreaksIsGivenUpLikeOneThatRefuses() throws Exception {
    Outbox outbox = new Outbox(JdbcClient.create(database), Clock.systemUTC());

    Notification told =
        tell(
            outbox,
            notification -> {
              throw new IllegalStateException("s3cret");
            });

    assertThat(told.status()).isEqualTo("given_up");
    assertThat(told.lastAnswer()).isEqualTo("failed with IllegalStateException");
  }

  private Notification tell(Outbox outbox, Channel channel) throws Exception {
    UUID id = UUID.randomUUID();
    outbox.enter(id, "chat", Event.TEST, null, null, "{}");
    thread = new Thread(new Courier("chat", channel, SETTINGS, outbox, Clock.systemUTC()));
    thread.start();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
    while (outbox.find(id).orElseThrow().endedAt() == null) {
      assertThat(System.nanoTime()).as("not over after 15 s").isLessThan(deadline);
      Thread.sleep(20);
    }
    return outbox.find(id).orElseThrow();
  }
}
