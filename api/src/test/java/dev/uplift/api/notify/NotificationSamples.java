package dev.uplift.api.notify;

import java.time.Instant;
import java.util.UUID;

final class NotificationSamples {
  private NotificationSamples() {}

  static Notification pending(String body) {
    return new Notification(
        UUID.randomUUID(),
        "chat",
        "rolled_back",
        "acme",
        UUID.randomUUID(),
        body,
        Notification.PENDING,
        1,
        Instant.EPOCH,
        Instant.EPOCH,
        null,
        null);
  }
}
