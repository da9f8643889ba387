package dev.uplift.evidence;

import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;

/** Reads on its host what was kept of an upgrade. Changes nothing. */
@ActivityInterface
public interface EvidenceReader {
  @ActivityMethod(name = "ReadEvidence")
  EvidenceReport readEvidence(EvidenceRequest request);
}
