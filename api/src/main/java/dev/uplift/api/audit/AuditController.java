package dev.uplift.api.audit;

import dev.uplift.api.web.PageSize;
import java.util.List;
import java.util.UUID;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.util.UriComponentsBuilder;

@RestController
class AuditController {
  /**
   * @param next where the next page is; absent on the last
   */
  record AuditPage(List<AuditEntry> entries, String next) {}

  private final AuditLog audit;

  AuditController(AuditLog audit) {
    this.audit = audit;
  }

  /** Newest first; {@code object} is like {@code tenants/acme}. */
  @GetMapping("/api/audit")
  AuditPage audit(
      @RequestParam(defaultValue = "50") PageSize limit,
      @RequestParam(required = false) Long before,
      @RequestParam(required = false) String object,
      @RequestParam(required = false) String who,
      @RequestParam(name = "upgrade_id", required = false) UUID upgradeId) {
    AuditFilter filter = new AuditFilter(object, who, upgradeId);
    List<AuditEntry> found =
        audit.page(limit.rows() + 1, before == null ? Long.MAX_VALUE : before, filter);
    List<AuditEntry> page = found.subList(0, Math.min(limit.rows(), found.size()));
    String next = null;
    if (found.size() > page.size()) {
      UriComponentsBuilder uri =
          UriComponentsBuilder.fromPath("/api/audit")
              .queryParam("limit", limit.rows())
              .queryParam("before", page.get(page.size() - 1).seq());
      filter.criteria().forEach(uri::queryParam);
      next = uri.encode().toUriString();
    }
    return new AuditPage(page, next);
  }
}
