package dev.uplift.api.upgrade;

import dev.uplift.api.ledger.LedgerEntry;
import dev.uplift.upgrade.UpgradeStatus;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A status that an entry of the ledger can have. */
@Schema(type = "string")
record StatusFilter(String value) {

  /** Called by Spring for the parameter {@code status}. */
  public static StatusFilter of(String value) {
    List<String> known =
        new ArrayList<>(List.of(LedgerEntry.RUNNING, LedgerEntry.NOT_STARTED, LedgerEntry.LOST));
    Arrays.stream(UpgradeStatus.values()).map(UpgradeStatus::code).forEach(known::add);
    if (!known.contains(value)) {
      throw new IllegalArgumentException("must be one of " + String.join(", ", known));
    }
    return new StatusFilter(value);
  }
}
