package dev.uplift.upgrade;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How an upgrade ended. There is no fifth way. */
public enum UpgradeStatus {
  /** The new release runs and is healthy. */
  SUCCESS,
  /** Refused, or failed in preparation: the tenant was not touched. */
  REJECTED,
  /** The tenant is as it was, proven by its fingerprint. */
  ROLLED_BACK,
  /** The tenant is held with all its data and needs a person. */
  NEEDS_ATTENTION;

  @JsonValue
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  @JsonCreator
  public static UpgradeStatus of(String code) {
    return valueOf(code.toUpperCase(Locale.ROOT));
  }
}
