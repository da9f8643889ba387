package dev.uplift.api.upgrade;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.api.ledger.LedgerEntry;
import dev.uplift.api.ledger.UpgradeLedger;
import dev.uplift.api.registry.Unknown;
import dev.uplift.api.web.PageSize;
import dev.uplift.api.web.ReasonRequest;
import dev.uplift.tenant.Slug;
import java.security.Principal;
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
@RequestMapping("/api/upgrades")
class LedgerController {
  /**
   * @param next where the next page is; absent on the last
   */
  record UpgradePage(List<LedgerEntry> upgrades, String next) {}

  record Cancelling(String status, @JsonProperty("upgrade_id") UUID upgradeId) {}

  private final UpgradeLedger ledger;
  private final RunningUpgrades running;

  LedgerController(UpgradeLedger ledger, RunningUpgrades running) {
    this.ledger = ledger;
    this.running = running;
  }

  /** Newest first, without the reports. */
  @GetMapping
  UpgradePage upgrades(
      @RequestParam(defaultValue = "50") PageSize limit,
      @RequestParam(required = false) UUID before,
      @RequestParam(required = false) Slug tenant,
      @RequestParam(required = false) StatusFilter status) {
    if (before != null) {
      require(before);
    }
    List<LedgerEntry> found =
        ledger.page(limit.rows() + 1, before, tenant, status == null ? null : status.value());
    List<LedgerEntry> page = found.subList(0, Math.min(limit.rows(), found.size()));
    String next = null;
    if (found.size() > page.size()) {
      next =
          "/api/upgrades?limit="
              + limit.rows()
              + "&before="
              + page.get(page.size() - 1).id()
              + (tenant == null ? "" : "&tenant=" + tenant)
              + (status == null ? "" : "&status=" + status.value());
    }
    return new UpgradePage(page.stream().map(LedgerEntry::withoutReport).toList(), next);
  }

  /** One upgrade: its steps while it runs, its report afterwards. */
  @GetMapping("/{id}")
  CompletableFuture<UpgradeState> upgrade(@PathVariable UUID id) {
    return running.state(require(id));
  }

  @PostMapping(path = "/{id}/cancel", consumes = MediaType.APPLICATION_JSON_VALUE)
  CompletableFuture<ResponseEntity<Cancelling>> cancel(
      @PathVariable UUID id,
      @RequestBody(required = false) ReasonRequest request,
      Principal caller) {
    String reason = request == null ? null : request.reason();
    return running
        .cancel(require(id), reason, caller.getName())
        .thenApply(
            accepted ->
                ResponseEntity.accepted()
                    .location(ReportAnswer.location(id))
                    .body(new Cancelling("cancelling", id)));
  }

  private LedgerEntry require(UUID id) {
    return ledger.find(id).orElseThrow(() -> Unknown.upgrade(id));
  }
}
