package dev.uplift.api.live;

import dev.uplift.api.problem.Problem;
import dev.uplift.api.web.PendingAnswers;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.springframework.context.SmartLifecycle;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * Server-sent events. A client that was cut off, also by a restart of the API, comes back with the
 * id of the last one that it saw and misses none.
 */
@Component
public class LiveStreams implements SmartLifecycle {
  private static final long FOR_EVER = 0;
  private static final long LOOKED_EVERY_MILLIS = 500;
  private static final int SILENT_LOOKS_UNTIL_COMMENT = 30;

  /** Who follows longer comes back by itself, and its token is looked at again. */
  private static final Duration OPEN_FOR_AT_MOST = Duration.ofMinutes(10);

  private static final int THREADS = 4;
  private static final int MOST_STREAMS = 500;

  private final Set<Stream> open = ConcurrentHashMap.newKeySet();
  private volatile boolean running;
  private ScheduledExecutorService looks;

  /**
   * Tells events until there are no more; 204 when there are none already, at which a client stops
   * asking.
   *
   * @param first what comes after that event as far as it is known
   * @param after the id of the last one that the client saw; 0 for none
   * @throws Problem if there are too many streams already
   */
  public ResponseEntity<SseEmitter> follow(LiveSource source, LiveSource.Page first, long after) {
    if (first.over() && first.events().isEmpty()) {
      return ResponseEntity.noContent().build();
    }
    return ResponseEntity.ok().contentType(MediaType.TEXT_EVENT_STREAM).body(open(source, after));
  }

  private SseEmitter open(LiveSource source, long after) {
    if (!running) {
      throw PendingAnswers.stopping("Connect again in a few seconds.");
    }
    if (open.size() >= MOST_STREAMS) {
      throw new Problem(
              HttpStatus.SERVICE_UNAVAILABLE,
              "too-many-streams",
              "Too many streams of events",
              MOST_STREAMS + " clients follow events already. Ask for the state instead.")
          .retryAfterSeconds(30);
    }
    Stream stream = new Stream(source, after);
    open.add(stream);
    stream.emitter.onCompletion(() -> open.remove(stream));
    stream.emitter.onError(broken -> open.remove(stream));
    looks.execute(stream::look);
    return stream.emitter;
  }

  private final class Stream {
    private final SseEmitter emitter = new SseEmitter(FOR_EVER);
    private final LiveSource source;
    private final long endNanos = System.nanoTime() + OPEN_FOR_AT_MOST.toNanos();
    private long last;
    private int silentLooks;

    Stream(LiveSource source, long after) {
      this.source = source;
      this.last = after;
    }

    void look() {
      if (!open.contains(this)) {
        return;
      }
      try {
        source
            .after(last)
            .whenCompleteAsync((page, failure) -> tell(failure == null ? page : null), looks);
      } catch (Problem gone) {
        emitter.complete();
      } catch (RuntimeException away) {
        tell(null);
      }
    }

    private void tell(LiveSource.Page page) {
      try {
        if (page == null) {
          commentIfSilent();
        }
        boolean over = page != null && tellAll(page);
        if (over || System.nanoTime() - endNanos > 0) {
          emitter.complete();
          return;
        }
        looks.schedule(this::look, LOOKED_EVERY_MILLIS, TimeUnit.MILLISECONDS);
      } catch (IOException | IllegalStateException gone) {
        open.remove(this);
        emitter.completeWithError(gone);
      }
    }

    /** Whether there are no more. */
    private boolean tellAll(LiveSource.Page page) throws IOException {
      for (LiveEvent event : page.events()) {
        emitter.send(
            SseEmitter.event()
                .id(Long.toString(event.id()))
                .name(event.kind())
                .data(event.data(), MediaType.APPLICATION_JSON));
        last = event.id();
      }
      if (page.events().isEmpty()) {
        commentIfSilent();
      } else {
        silentLooks = 0;
      }
      return page.over();
    }

    /** Proxies end what is silent, and of a client that is gone nothing is known without it. */
    private void commentIfSilent() throws IOException {
      silentLooks++;
      if (silentLooks >= SILENT_LOOKS_UNTIL_COMMENT) {
        emitter.send(SseEmitter.event().comment("still here"));
        silentLooks = 0;
      }
    }
  }

  @Override
  public synchronized void start() {
    looks =
        Executors.newScheduledThreadPool(
            THREADS,
            work -> {
              Thread thread = new Thread(work, "live-events");
              thread.setDaemon(true);
              return thread;
            });
    running = true;
  }

  @Override
  public synchronized void stop() {
    running = false;
    open.forEach(stream -> stream.emitter.complete());
    open.clear();
    looks.shutdownNow();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  // Stops before the web server does, which waits for its requests.
  @Override
  public int getPhase() {
    return Integer.MAX_VALUE;
  }
}
