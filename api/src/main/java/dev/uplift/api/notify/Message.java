package dev.uplift.api.notify;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.api.ledger.LedgerEntry;
import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Operation;
import dev.uplift.upgrade.UpgradeReport;
import java.net.URI;
import java.time.Instant;
import java.util.UUID;

/**
 * What is delivered, as JSON. Nothing of it is secret: the words of a failure were cleaned on the
 * host, and its evidence, which may quote data of the tenant, stays in the report.
 *
 * @param id the same in each repetition
 * @param event a name as in the settings
 * @param ofUpgrade the upgrade that was rolled back or resumed; absent for an upgrade
 * @param failure why the release did not stay; absent for a success
 * @param heldFor what stopped the way back of a held tenant
 */
record Message(
    UUID id,
    String event,
    Instant at,
    String tenant,
    String host,
    String status,
    @JsonProperty("upgrade_id") UUID upgradeId,
    Operation operation,
    @JsonProperty("of_upgrade") UUID ofUpgrade,
    @JsonProperty("previous_version") String previousVersion,
    @JsonProperty("target_version") String targetVersion,
    @JsonProperty("downtime_ms") Long downtimeMillis,
    @JsonProperty("requested_by") String requestedBy,
    Reason failure,
    @JsonProperty("held_for") Reason heldFor,
    Links links) {
  private static final int MOST_CHARACTERS = 2_000;

  record Reason(String step, FailureKind kind, String message, String advice) {
    static Reason of(Failure failure) {
      return failure == null
          ? null
          : new Reason(
              failure.step(),
              failure.kind(),
              shortened(failure.message()),
              shortened(failure.advice()));
    }
  }

  /** Absolute if the API knows under which URL it is reached. */
  record Links(String upgrade, String tenant) {}

  /**
   * @param publicUrl where the API is reached from outside; null if nobody said
   */
  static Message of(UUID id, Event event, Instant at, LedgerEntry entry, URI publicUrl) {
    UpgradeReport report = entry.report();
    return new Message(
        id,
        event.code(),
        at,
        entry.tenant(),
        entry.host(),
        entry.status(),
        entry.id(),
        entry.operation(),
        entry.ofUpgrade(),
        report == null ? null : report.previousVersion(),
        entry.targetVersion(),
        report == null ? null : report.downtimeMillis(),
        entry.requestedBy(),
        report == null ? null : Reason.of(report.failure()),
        report == null ? null : Reason.of(report.heldFor()),
        new Links(
            link(publicUrl, "/api/upgrades/" + entry.id()),
            link(publicUrl, "/api/tenants/" + entry.tenant())));
  }

  static Message test(UUID id, Instant at, String requestedBy) {
    return new Message(
        id,
        Event.TEST.code(),
        at,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        requestedBy,
        null,
        null,
        null);
  }

  private static String link(URI publicUrl, String path) {
    return publicUrl == null ? path : publicUrl.toString().replaceAll("/+$", "") + path;
  }

  private static String shortened(String text) {
    if (text == null || text.length() <= MOST_CHARACTERS) {
      return text;
    }
    // Half of a character could be neither stored nor sent.
    boolean cutsOne = Character.isHighSurrogate(text.charAt(MOST_CHARACTERS - 1));
    return text.substring(0, cutsOne ? MOST_CHARACTERS - 1 : MOST_CHARACTERS) + "…";
  }
}
