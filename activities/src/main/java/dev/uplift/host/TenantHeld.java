package dev.uplift.host;

import java.util.List;

/** A compensation could not be ended: the tenant is held, and a person is told what to do. */
final class TenantHeld extends StepFailure {
  private static final long serialVersionUID = 1L;
  private final transient List<String> runbook;

  TenantHeld(StepFailure why, List<String> runbook) {
    super(why.kind(), why.getMessage(), why.evidence(), why.advice(), why);
    this.runbook = runbook;
  }

  List<String> runbook() {
    return runbook;
  }
}
