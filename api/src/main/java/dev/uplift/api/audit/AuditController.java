package dev.uplift.api.audit;

import dev.uplift.api.web.PageSize;
import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
class AuditController {
  record AuditPage(List<AuditEntry> entries) {}

  private final AuditLog audit;

  AuditController(AuditLog audit) {
    this.audit = audit;
  }

  /** Newest first; {@code before} is the smallest {@code seq} seen so far. */
  @GetMapping("/api/audit")
  AuditPage audit(
      @RequestParam(defaultValue = "50") PageSize limit,
      @RequestParam(required = false) Long before) {
    return new AuditPage(audit.page(before == null ? Long.MAX_VALUE : before, limit.rows()));
  }
}
