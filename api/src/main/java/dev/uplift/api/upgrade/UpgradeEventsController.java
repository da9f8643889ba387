package dev.uplift.api.upgrade;

import dev.uplift.api.ledger.LedgerEntry;
import dev.uplift.api.ledger.UpgradeLedger;
import dev.uplift.api.live.LiveStreams;
import dev.uplift.api.registry.Unknown;
import java.util.UUID;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** The steps of an upgrade, as server-sent events. */
@RestController
@RequestMapping("/api/upgrades/{id}/events")
class UpgradeEventsController {
  private final UpgradeLedger ledger;
  private final RunningUpgrades running;
  private final LiveStreams streams;

  UpgradeEventsController(UpgradeLedger ledger, RunningUpgrades running, LiveStreams streams) {
    this.ledger = ledger;
    this.running = running;
    this.streams = streams;
  }

  /** From the first, or after the one that the client saw last; 204 when there are no more. */
  @GetMapping
  ResponseEntity<SseEmitter> follow(
      @PathVariable UUID id,
      @RequestHeader(name = "Last-Event-ID", defaultValue = "0") long lastEventId) {
    LedgerEntry entry = require(id);
    UpgradeState known = entry.isRunning() ? UpgradeState.unseen(entry) : UpgradeState.over(entry);
    return streams.follow(
        after -> running.state(require(id)).thenApply(state -> UpgradeEvents.of(state, after)),
        UpgradeEvents.of(known, lastEventId),
        lastEventId);
  }

  private LedgerEntry require(UUID id) {
    return ledger.find(id).orElseThrow(() -> Unknown.upgrade(id));
  }
}
