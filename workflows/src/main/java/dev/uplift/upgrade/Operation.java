package dev.uplift.upgrade;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What a run does with its tenant. Each has the same cutover steps and the same way back. */
public enum Operation {
  /** To another release. */
  @JsonProperty("upgrade")
  UPGRADE("upgrade", 1),
  /** Back to before a successful upgrade, or before a rollback. */
  @JsonProperty("rollback")
  ROLLBACK("rollback", 2),
  /** The compensation of a held tenant once more. */
  @JsonProperty("resume")
  RESUME("resume", 2);

  private final String code;
  private final int protocol;

  Operation(String code, int protocol) {
    this.code = code;
    this.protocol = protocol;
  }

  /** The protocol that a worker has to know to carry this out, see {@link UpgradePlan#PROTOCOL}. */
  public int protocol() {
    return protocol;
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
