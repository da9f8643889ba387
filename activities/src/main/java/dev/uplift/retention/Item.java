package dev.uplift.retention;

import dev.uplift.backup.StoredKind;
import java.time.Instant;
import java.util.Objects;

/**
 * One thing about which is decided.
 *
 * @param sequence orders what a clock that was set back would not; 0 if nothing tells it
 * @param madeAt {@link Instant#MIN} if nothing tells it
 * @param problem why it is no good, or nobody's to delete; null for a good one
 * @param hold why it must stay whatever the limits say; null if nothing asks for it
 */
record Item(
    StoredKind kind,
    String name,
    long sequence,
    Instant madeAt,
    long bytes,
    Standing standing,
    String problem,
    String hold) {

  /** What may become of it. */
  enum Standing {
    /** Its manifest names it and it is what that says: the limits decide. */
    GOOD,
    /** Nobody needs it any more, and a manifest names it: it goes. */
    LEFTOVER,
    /** It is altered, or no manifest names it: a person decides. */
    UNTOUCHABLE
  }

  Item {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(madeAt, "madeAt");
    Objects.requireNonNull(standing, "standing");
  }
}
