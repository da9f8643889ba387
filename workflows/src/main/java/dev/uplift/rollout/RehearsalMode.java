package dev.uplift.rollout;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What a rollout finds out of its tenants before any of them is stopped. */
public enum RehearsalMode {
  /** Nothing: each upgrade finds out for itself. */
  NONE,
  /** Who would be upgraded and who refused. Nobody is upgraded. */
  LOOK,
  /** The migrations of each tenant are rehearsed, too. Nobody is upgraded. */
  DRY_RUN,
  /** All rehearse, and if one fails the rollout halts before anybody is stopped. */
  HALT,
  /** All rehearse, and those that fail are left out. */
  LEAVE_OUT;

  /** Whether tenants are upgraded afterwards. */
  public boolean upgrades() {
    return this != LOOK && this != DRY_RUN;
  }

  boolean migrates() {
    return this != LOOK;
  }

  @JsonValue
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  @JsonCreator
  public static RehearsalMode of(String code) {
    return valueOf(code.toUpperCase(Locale.ROOT));
  }
}
