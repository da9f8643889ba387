package dev.uplift.api.notify;

import dev.uplift.api.ApiSettings;
import dev.uplift.api.ledger.LedgerEntry;
import dev.uplift.api.ledger.UpgradeEnded;
import java.time.Clock;
import java.util.UUID;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * Enters what is to be told into the outbox, in the transaction that records it: no outcome is
 * forgotten, and none is told that was not recorded.
 */
@Component
class Announcements {
  private final Channels channels;
  private final Outbox outbox;
  private final JsonMapper json;
  private final ApiSettings settings;
  private final Clock clock;

  Announcements(
      Channels channels, Outbox outbox, JsonMapper json, ApiSettings settings, Clock clock) {
    this.channels = channels;
    this.outbox = outbox;
    this.json = json;
    this.settings = settings;
    this.clock = clock;
  }

  @EventListener
  void announce(UpgradeEnded ended) {
    LedgerEntry entry = ended.entry();
    Event.of(entry)
        .ifPresent(
            event ->
                channels
                    .byName()
                    .forEach(
                        (name, channel) -> {
                          if (channel.events().contains(event)) {
                            enter(name, event, entry);
                          }
                        }));
  }

  /** Enters a test of one channel and returns its id. */
  UUID test(String channel, String caller) {
    UUID id = UUID.randomUUID();
    String body = json.writeValueAsString(Message.test(id, clock.instant(), caller));
    outbox.enter(id, channel, Event.TEST, null, null, body);
    return id;
  }

  private void enter(String channel, Event event, LedgerEntry entry) {
    UUID id = UUID.randomUUID();
    Message message = Message.of(id, event, clock.instant(), entry, settings.publicUrl());
    outbox.enter(id, channel, event, entry.tenant(), entry.id(), json.writeValueAsString(message));
  }
}
