package dev.uplift.upgrade;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Whether a step serves the upgrade or its compensation. */
public enum Direction {
  @JsonProperty("forward")
  FORWARD,
  @JsonProperty("back")
  BACK
}
