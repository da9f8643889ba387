package dev.uplift.api.notify;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** What somebody may want to be told: the ends of upgrades, under the names that the ledger has. */
enum Event {
  SUCCESS,
  REJECTED,
  ROLLED_BACK,
  NEEDS_ATTENTION,
  LOST,
  /** Somebody tries whether a channel works. */
  TEST;

  static final Set<Event> DEFAULTS = Set.of(ROLLED_BACK, NEEDS_ATTENTION);

  /** The event of a ledger status; empty for one that is no news. */
  static Optional<Event> ofStatus(String status) {
    return Arrays.stream(values()).filter(event -> event.code().equals(status)).findFirst();
  }

  String code() {
    return name().toLowerCase(Locale.ROOT);
  }
}
