package dev.uplift.api.audit;

import dev.uplift.api.problem.Problem;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.springframework.http.HttpStatus;

/** Which entries are asked for; what is null does not matter. */
record AuditFilter(String object, String who, UUID upgradeId) {
  AuditFilter {
    requirePrintable("object", object);
    requirePrintable("who", who);
  }

  // No entry has any other, and PostgreSQL does not even look for some of them.
  private static void requirePrintable(String name, String value) {
    if (value != null && value.chars().anyMatch(Character::isISOControl)) {
      Problem problem =
          new Problem(
              HttpStatus.BAD_REQUEST,
              "malformed-parameter",
              "Malformed parameter",
              name + ": must not have control characters");
      throw problem.with("field", name);
    }
  }

  /** What the columns must equal. */
  Map<String, String> criteria() {
    Map<String, String> criteria = new LinkedHashMap<>();
    if (object != null) {
      criteria.put("object", object);
    }
    if (who != null) {
      criteria.put("who", who);
    }
    if (upgradeId != null) {
      criteria.put("upgrade_id", upgradeId.toString());
    }
    return criteria;
  }
}
