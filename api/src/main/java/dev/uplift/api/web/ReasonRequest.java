package dev.uplift.api.web;

/**
 * What a person says about what is asked for.
 *
 * @param reason one line for the records; may be absent
 */
public record ReasonRequest(String reason) {
  public ReasonRequest {
    Reason.require(reason);
  }
}
