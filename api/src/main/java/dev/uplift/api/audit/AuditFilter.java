package dev.uplift.api.audit;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/** Which entries are asked for; what is null does not matter. */
record AuditFilter(String object, String who, UUID upgradeId) {

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
