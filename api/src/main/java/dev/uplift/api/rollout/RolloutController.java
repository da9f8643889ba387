package dev.uplift.api.rollout;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.api.web.PageSize;
import dev.uplift.api.web.ReasonRequest;
import java.security.Principal;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/api/rollouts")
class RolloutController {
  /**
   * @param next where the next page is; absent on the last
   */
  record RolloutPage(List<StoredRollout> rollouts, String next) {}

  record Told(@JsonProperty(Rollouts.ROLLOUT_ID) UUID rolloutId, String done) {}

  private static final Duration DRY_RUN_WITHIN = Duration.ofSeconds(60);

  private final Rollouts rollouts;
  private final RolloutStore store;

  RolloutController(Rollouts rollouts, RolloutStore store) {
    this.rollouts = rollouts;
    this.store = store;
  }

  /**
   * Starts a rollout, and answers at once where to ask how far it is. What a dry run finds is
   * answered itself, unless that takes long.
   */
  @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
  CompletableFuture<ResponseEntity<RolloutState>> start(
      @RequestBody(required = false) RolloutRequest body, Principal caller) {
    RolloutRequest request = body == null ? RolloutRequest.DEFAULTS : body;
    CompletableFuture<StoredRollout> started = rollouts.start(request, caller.getName());
    return request.isDryRun()
        ? started
            .thenCompose(rollout -> rollouts.awaitEnd(rollout, DRY_RUN_WITHIN))
            .thenApply(
                rollout ->
                    rollout.status().isOver()
                        ? ResponseEntity.ok(rollouts.state(rollout))
                        : accepted(rollout))
        : started.thenApply(this::accepted);
  }

  /** Newest first. */
  @GetMapping
  RolloutPage list(
      @RequestParam(defaultValue = "50") PageSize limit,
      @RequestParam(required = false) UUID before) {
    if (before != null) {
      rollouts.require(before);
    }
    List<StoredRollout> found = store.page(limit.rows() + 1, before);
    List<StoredRollout> page = found.stream().limit(limit.rows()).map(store::counted).toList();
    String next =
        found.size() == page.size()
            ? null
            : "/api/rollouts?limit=" + limit.rows() + "&before=" + page.get(page.size() - 1).id();
    return new RolloutPage(page, next);
  }

  /**
   * @param tenants whether all of them are told, of which there may be thousands
   */
  @GetMapping("/{id}")
  CompletableFuture<RolloutState> rollout(
      @PathVariable UUID id, @RequestParam(defaultValue = "true") boolean tenants) {
    return rollouts.live(rollouts.require(id), tenants);
  }

  @PostMapping(path = "/{id}/pause", consumes = MediaType.APPLICATION_JSON_VALUE)
  CompletableFuture<Told> pause(
      @PathVariable UUID id, @RequestBody(required = false) ReasonRequest body, Principal caller) {
    return tell(id, "pause", body, caller);
  }

  @PostMapping(path = "/{id}/resume", consumes = MediaType.APPLICATION_JSON_VALUE)
  CompletableFuture<Told> resume(
      @PathVariable UUID id, @RequestBody(required = false) ReasonRequest body, Principal caller) {
    return tell(id, "resume", body, caller);
  }

  @PostMapping(path = "/{id}/approve", consumes = MediaType.APPLICATION_JSON_VALUE)
  CompletableFuture<Told> approve(
      @PathVariable UUID id, @RequestBody(required = false) ReasonRequest body, Principal caller) {
    return tell(id, "approve", body, caller);
  }

  @PostMapping(path = "/{id}/abort", consumes = MediaType.APPLICATION_JSON_VALUE)
  CompletableFuture<Told> abort(
      @PathVariable UUID id, @RequestBody(required = false) AbortRequest body, Principal caller) {
    AbortRequest asked = body == null ? AbortRequest.DEFAULTS : body;
    return rollouts
        .abort(rollouts.require(id), asked, caller.getName())
        .thenApply(done -> new Told(id, "abort"));
  }

  /** Starts another rollout, of the tenants of this one that were tried and did not get there. */
  @PostMapping(path = "/{id}/retry", consumes = MediaType.APPLICATION_JSON_VALUE)
  CompletableFuture<ResponseEntity<RolloutState>> retry(
      @PathVariable UUID id, @RequestBody(required = false) ReasonRequest body, Principal caller) {
    return rollouts
        .retry(rollouts.require(id), reason(body), caller.getName())
        .thenApply(this::accepted);
  }

  private CompletableFuture<Told> tell(
      UUID id, String update, ReasonRequest body, Principal caller) {
    return rollouts
        .tell(rollouts.require(id), update, reason(body), caller.getName())
        .thenApply(done -> new Told(id, update));
  }

  private ResponseEntity<RolloutState> accepted(StoredRollout started) {
    return ResponseEntity.accepted()
        .location(Rollouts.location(started.id()))
        .body(rollouts.state(started));
  }

  private static String reason(ReasonRequest body) {
    return body == null ? null : body.reason();
  }
}
