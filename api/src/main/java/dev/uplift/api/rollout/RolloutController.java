package dev.uplift.api.rollout;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.uplift.api.problem.Problem;
import dev.uplift.api.web.PageSize;
import java.security.Principal;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.springframework.http.HttpStatus;
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
   * @param tenants what came of each, in their order
   */
  record RolloutState(@JsonUnwrapped StoredRollout rollout, List<RolloutTenant> tenants) {}

  /**
   * @param next where the next page is; absent on the last
   */
  record RolloutPage(List<StoredRollout> rollouts, String next) {}

  record Told(@JsonProperty(Rollouts.ROLLOUT_ID) UUID rolloutId, String done) {}

  private final Rollouts rollouts;
  private final RolloutStore store;

  RolloutController(Rollouts rollouts, RolloutStore store) {
    this.rollouts = rollouts;
    this.store = store;
  }

  /** Starts a rollout, and answers at once where to ask how far it is. */
  @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
  CompletableFuture<ResponseEntity<RolloutState>> start(
      @RequestBody(required = false) RolloutRequest body, Principal caller) {
    return rollouts
        .start(body == null ? RolloutRequest.DEFAULTS : body, caller.getName())
        .thenApply(this::accepted);
  }

  /** Newest first. */
  @GetMapping
  RolloutPage list(
      @RequestParam(defaultValue = "50") PageSize limit,
      @RequestParam(required = false) UUID before) {
    if (before != null) {
      require(before);
    }
    List<StoredRollout> found = store.page(limit.rows() + 1, before);
    List<StoredRollout> page = found.subList(0, Math.min(limit.rows(), found.size()));
    String next =
        found.size() == page.size()
            ? null
            : "/api/rollouts?limit=" + limit.rows() + "&before=" + page.get(page.size() - 1).id();
    return new RolloutPage(page, next);
  }

  @GetMapping("/{id}")
  CompletableFuture<RolloutState> rollout(@PathVariable UUID id) {
    return rollouts
        .live(require(id))
        .thenApply(rollout -> new RolloutState(rollout, store.tenants(id)));
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
      @PathVariable UUID id, @RequestBody(required = false) ReasonRequest body, Principal caller) {
    return tell(id, "abort", body, caller);
  }

  /** Starts another rollout, of the tenants of this one that did not get there. */
  @PostMapping(path = "/{id}/retry", consumes = MediaType.APPLICATION_JSON_VALUE)
  CompletableFuture<ResponseEntity<RolloutState>> retry(
      @PathVariable UUID id, @RequestBody(required = false) ReasonRequest body, Principal caller) {
    return rollouts.retry(require(id), reason(body), caller.getName()).thenApply(this::accepted);
  }

  private CompletableFuture<Told> tell(
      UUID id, String update, ReasonRequest body, Principal caller) {
    return rollouts
        .tell(require(id), update, reason(body), caller.getName())
        .thenApply(done -> new Told(id, update));
  }

  private ResponseEntity<RolloutState> accepted(StoredRollout started) {
    return ResponseEntity.accepted()
        .location(Rollouts.location(started.id()))
        .body(new RolloutState(started, store.tenants(started.id())));
  }

  private static String reason(ReasonRequest body) {
    return body == null ? null : body.reason();
  }

  private StoredRollout require(UUID id) {
    return store
        .find(id)
        .orElseThrow(
            () ->
                new Problem(
                    HttpStatus.NOT_FOUND,
                    "unknown-object",
                    "Unknown object",
                    "There is no rollouts/" + id + "."));
  }
}
