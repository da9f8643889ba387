package dev.uplift.api.rollout;

import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.uplift.api.live.LiveEvent;
import dev.uplift.api.live.LiveSource;
import dev.uplift.api.live.LiveStreams;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** What happens in a rollout, as server-sent events. */
@RestController
@RequestMapping("/api/rollouts/{id}/events")
class RolloutEventsController {
  private static final int EVENTS_OF_A_PAGE = 500;

  private record Raw(@JsonValue @JsonRawValue String json) {}

  private final Rollouts rollouts;
  private final RolloutStore store;
  private final LiveStreams streams;

  RolloutEventsController(Rollouts rollouts, RolloutStore store, LiveStreams streams) {
    this.rollouts = rollouts;
    this.store = store;
    this.streams = streams;
  }

  /** From the first, or after the one that the client saw last; 204 when there are no more. */
  @GetMapping
  ResponseEntity<SseEmitter> follow(
      @PathVariable UUID id,
      @RequestHeader(name = "Last-Event-ID", defaultValue = "0") long lastEventId) {
    return streams.follow(
        after -> CompletableFuture.completedFuture(page(id, after)),
        page(id, lastEventId),
        lastEventId);
  }

  // The state is read first: what is told after it comes with the next page.
  private LiveSource.Page page(UUID id, long after) {
    boolean over = rollouts.require(id).status().isOver();
    List<LiveEvent> events =
        store.events(id, after, EVENTS_OF_A_PAGE).stream()
            .map(one -> new LiveEvent(one.id(), one.kind(), new Raw(one.data())))
            .toList();
    return new LiveSource.Page(events, over && events.size() < EVENTS_OF_A_PAGE);
  }
}
