package dev.uplift.upgrade;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What a run does with its tenant. Each has the same cutover steps and the same way back. */
public enum Operation {
  /** To another release. */
  @JsonProperty("upgrade")
  UPGRADE("upgrade"),
  /** Back to before a successful upgrade, or before a rollback. */
  @JsonProperty("rollback")
  ROLLBACK("rollback"),
  /** The compensation of a held tenant once more. */
  @JsonProperty("resume")
  RESUME("resume");

  private final String code;

  Operation(String code) {
    this.code = code;
  }

  /** As reports, the ledger and the API call it. */
  public String code() {
    return code;
  }

  public static Operation of(String code) {
    for (Operation operation : values()) {
      if (operation.code.equals(code)) {
        return operation;
      }
    }
    throw new IllegalArgumentException("there is no operation '" + code + "'");
  }
}
