package dev.uplift.evidence;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What a host has seen of one upgrade, so far or until its end.
 *
 * @param pieces the oldest first
 * @param journal its lines, the oldest first; empty if the upgrade never reached its cutover
 * @param cutLines how many lines of the journal were left out, after the first one
 */
public record EvidenceReport(
    @JsonProperty("upgrade_id") UUID upgradeId,
    String tenant,
    @JsonProperty("collected_at") Instant collectedAt,
    List<EvidencePiece> pieces,
    List<Map<String, Object>> journal,
    @JsonProperty("cut_lines") int cutLines) {

  public EvidenceReport {
    pieces = pieces == null ? List.of() : List.copyOf(pieces);
    journal = journal == null ? List.of() : List.copyOf(journal);
  }

  /** Whether nothing is there: the upgrade was refused before anything ran, or it was deleted. */
  public boolean nothing() {
    return pieces.isEmpty() && journal.isEmpty();
  }
}
