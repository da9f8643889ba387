package dev.uplift.api.notify;

import dev.uplift.api.ledger.LedgerEntry;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What somebody may want to be told: the ends of upgrades, mostly under the names that the ledger
 * has.
 */
enum Event {
  SUCCESS,
  REJECTED,
  ROLLED_BACK,
  NEEDS_ATTENTION,
  LOST,
  /** Somebody tries whether a channel works. */
  TEST;

  static final Set<Event> DEFAULTS = Set.of(ROLLED_BACK, NEEDS_ATTENTION);

  /**
   * The event of an end; empty for one that is no news. A resumption that has put its tenant back
   * is a success: that it is rolled back is what was asked for.
   */
  static Optional<Event> of(LedgerEntry entry) {
    if (entry.report() != null && entry.report().isReached()) {
      return Optional.of(SUCCESS);
    }
    return ofStatus(entry.status());
  }

  private static Optional<Event> ofStatus(String status) {
    return Arrays.stream(values()).filter(event -> event.code().equals(status)).findFirst();
  }

  String code() {
    return name().toLowerCase(Locale.ROOT);
  }
}
