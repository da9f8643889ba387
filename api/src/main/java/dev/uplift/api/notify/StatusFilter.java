package dev.uplift.api.notify;

import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;

/** A status that a notification can have. */
@Schema(type = "string")
record StatusFilter(String value) {
  private static final List<String> KNOWN =
      List.of(Notification.PENDING, Notification.DELIVERED, Notification.GIVEN_UP);

  /** Called by Spring for the parameter {@code status}. */
  public static StatusFilter of(String value) {
    if (!KNOWN.contains(value)) {
      throw new IllegalArgumentException("must be one of " + String.join(", ", KNOWN));
    }
    return new StatusFilter(value);
  }
}
