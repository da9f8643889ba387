package dev.uplift.api.notify;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.api.audit.AuditLog;
import dev.uplift.api.problem.Problem;
import dev.uplift.api.web.PageSize;
import java.net.URI;
import java.security.Principal;
import java.util.List;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
class NotificationController {
  /**
   * @param next where the next page is; absent on the last
   */
  record NotificationPage(List<Notification> notifications, String next) {}

  record ChannelInfo(String name, String kind, List<String> events) {}

  record ChannelList(List<ChannelInfo> channels) {}

  record Testing(@JsonProperty("notification_id") UUID id) {}

  private final Outbox outbox;
  private final Channels channels;
  private final Announcements announcements;
  private final AuditLog audit;

  NotificationController(
      Outbox outbox, Channels channels, Announcements announcements, AuditLog audit) {
    this.outbox = outbox;
    this.channels = channels;
    this.announcements = announcements;
    this.audit = audit;
  }

  /** Newest first: who was told what, and what came of it. */
  @GetMapping("/api/notifications")
  NotificationPage notifications(
      @RequestParam(defaultValue = "50") PageSize limit,
      @RequestParam(required = false) UUID before,
      @RequestParam(name = "upgrade_id", required = false) UUID upgradeId,
      @RequestParam(required = false) StatusFilter status) {
    List<Notification> found =
        outbox.page(limit.rows() + 1, before, upgradeId, status == null ? null : status.value());
    List<Notification> page = found.subList(0, Math.min(limit.rows(), found.size()));
    String next = null;
    if (found.size() > page.size()) {
      next =
          "/api/notifications?limit="
              + limit.rows()
              + "&before="
              + page.get(page.size() - 1).id()
              + (upgradeId == null ? "" : "&upgrade_id=" + upgradeId)
              + (status == null ? "" : "&status=" + status.value());
    }
    return new NotificationPage(page, next);
  }

  @GetMapping("/api/notifications/{id}")
  Notification notification(@PathVariable UUID id) {
    return outbox.find(id).orElseThrow(() -> unknown("notifications/" + id));
  }

  /** The channels of the settings, without what is secret in them. */
  @GetMapping("/api/channels")
  ChannelList channels() {
    return new ChannelList(
        channels.byName().entrySet().stream()
            .map(
                channel ->
                    new ChannelInfo(
                        channel.getKey(),
                        channel.getValue().webhook() == null ? "command" : "webhook",
                        channel.getValue().events().stream().map(Event::code).sorted().toList()))
            .sorted((one, other) -> one.name().compareTo(other.name()))
            .toList());
  }

  /** Sends a test on a channel; its answer is at the Location a moment later. */
  @PostMapping("/api/channels/{name}/test")
  ResponseEntity<Testing> test(@PathVariable String name, Principal caller) {
    if (!channels.byName().containsKey(name)) {
      throw unknown("channels/" + name);
    }
    UUID id = announcements.test(name, caller.getName());
    audit.record(caller.getName(), "channel.test", "channels/" + name, null);
    return ResponseEntity.accepted()
        .location(URI.create("/api/notifications/" + id))
        .body(new Testing(id));
  }

  private static Problem unknown(String object) {
    return new Problem(
        HttpStatus.NOT_FOUND, "unknown-object", "Unknown object", "There is no " + object + ".");
  }
}
