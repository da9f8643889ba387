package dev.uplift.api.notify;

import dev.uplift.api.notify.Channel.Answer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.NonTransientDataAccessException;

/** Delivers what is due on one channel, one after the other, until it is interrupted. */
final class Courier implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(Courier.class);
  private static final Duration LOOKS_EVERY = Duration.ofSeconds(1);
  private static final Duration LOOKS_AGAIN_AFTER_TROUBLE = Duration.ofSeconds(10);

  /** Longer than an attempt can take: after it, whoever had it has died. */
  private static final Duration ATTEMPT_AT_MOST = Duration.ofMinutes(1);

  private final String name;
  private final Channel channel;
  private final Retries retries;
  private final Duration attemptAtMost;
  private final Outbox outbox;
  private final Clock clock;

  Courier(String name, Channel channel, ChannelSettings settings, Outbox outbox, Clock clock) {
    this.name = name;
    this.channel = channel;
    this.retries = new Retries(settings.firstRetry(), settings.giveUpAfter());
    this.attemptAtMost =
        settings.command() == null
            ? ATTEMPT_AT_MOST
            : settings.command().timeout().plus(ATTEMPT_AT_MOST);
    this.outbox = outbox;
    this.clock = clock;
  }

  @Override
  public void run() {
    try {
      while (true) {
        Thread.sleep((deliverAllDue() ? LOOKS_EVERY : LOOKS_AGAIN_AFTER_TROUBLE).toMillis());
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean deliverAllDue() throws InterruptedException {
    try {
      Optional<Notification> due = take();
      while (due.isPresent()) {
        deliver(due.get());
        due = take();
      }
      return true;
    } catch (RuntimeException trouble) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      // The database was away, say; what was taken comes up again.
      log.error("channel {} cannot deliver now", name, trouble);
      return false;
    }
  }

  private Optional<Notification> take() {
    return outbox.take(name, clock.instant().plus(attemptAtMost));
  }

  private void deliver(Notification notification) throws InterruptedException {
    Answer answer;
    try {
      answer = channel.deliver(notification);
    } catch (InterruptedException stopped) {
      outbox.repeatAt(notification, clock.instant(), "cut off: the API was stopped");
      throw stopped;
    } catch (RuntimeException defect) {
      // An attempt like any other; its message may repeat what is secret.
      answer = new Answer(false, "failed with " + defect.getClass().getSimpleName());
    }
    Instant now = clock.instant();
    if (answer.delivered()) {
      record(said -> outbox.delivered(notification, said), answer.said());
      log.info("channel {} was told {}", name, what(notification));
      return;
    }
    Optional<Instant> next =
        retries.next(notification.attempts(), notification.createdAt(), now, answer.notBefore());
    if (next.isPresent()) {
      record(said -> outbox.repeatAt(notification, next.get(), said), answer.said());
      log.warn(
          "channel {} could not be told {} (attempt {}, next at {}): {}",
          name,
          what(notification),
          notification.attempts(),
          next.get(),
          answer.said());
    } else {
      record(said -> outbox.givenUp(notification, said), answer.said());
      log.error(
          "channel {} was never told {}, after {} attempts: {}",
          name,
          what(notification),
          notification.attempts(),
          answer.said());
    }
  }

  // That an attempt was made must not be lost for the words in which it was answered: it would be
  // made again and again, and never given up.
  private void record(Consumer<String> recording, String said) {
    try {
      recording.accept(said);
    } catch (NonTransientDataAccessException refused) {
      log.warn("channel {}: the registry does not take an answer as it was given", name, refused);
      recording.accept("an answer that the registry does not take");
    }
  }

  private static String what(Notification notification) {
    return notification.tenant() == null
        ? notification.event()
        : notification.event() + " of " + notification.tenant();
  }
}
