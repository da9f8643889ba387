package dev.uplift.api.notify;

import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** One thread for each channel, so that one that hangs delays nobody but itself. */
@Component
class Couriers implements SmartLifecycle {
  private static final long STOPS_WITHIN_MILLIS = TimeUnit.SECONDS.toMillis(5);

  private final Channels channels;
  private final Outbox outbox;
  private final Clock clock;
  private final List<Thread> threads = new ArrayList<>();

  Couriers(Channels channels, Outbox outbox, Clock clock) {
    this.channels = channels;
    this.outbox = outbox;
    this.clock = clock;
  }

  @Override
  public synchronized void start() {
    if (channels.byName().isEmpty()) {
      return;
    }
    HttpClient http = Webhook.client();
    channels
        .byName()
        .forEach(
            (name, settings) -> {
              Courier courier = new Courier(name, channel(settings, http), settings, outbox, clock);
              Thread thread = new Thread(courier, "notify-" + name);
              thread.setDaemon(true);
              thread.start();
              threads.add(thread);
            });
  }

  private Channel channel(ChannelSettings settings, HttpClient http) {
    if (settings.webhook() == null) {
      return new CommandChannel(settings.command());
    }
    String caFile = settings.webhook().caFile();
    return new Webhook(
        caFile == null ? http : Webhook.client(Path.of(caFile)), settings.webhook(), clock);
  }

  @Override
  public synchronized void stop() {
    threads.forEach(Thread::interrupt);
    try {
      for (Thread thread : threads) {
        thread.join(STOPS_WITHIN_MILLIS);
      }
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
    }
    threads.clear();
  }

  @Override
  public synchronized boolean isRunning() {
    return !threads.isEmpty();
  }
}
