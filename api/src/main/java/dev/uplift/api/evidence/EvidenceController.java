package dev.uplift.api.evidence;

import dev.uplift.api.ledger.LedgerEntry;
import dev.uplift.api.ledger.UpgradeLedger;
import dev.uplift.api.registry.Unknown;
import dev.uplift.evidence.EvidenceReport;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

@RestController
class EvidenceController {
  private final UpgradeLedger ledger;
  private final Evidence evidence;

  EvidenceController(UpgradeLedger ledger, Evidence evidence) {
    this.ledger = ledger;
    this.evidence = evidence;
  }

  /** What the host has seen of an upgrade, also of one that runs. */
  @GetMapping("/api/upgrades/{id}/evidence")
  CompletableFuture<EvidenceReport> evidence(@PathVariable UUID id) {
    LedgerEntry upgrade = ledger.find(id).orElseThrow(() -> Unknown.upgrade(id));
    return evidence.of(upgrade);
  }
}
