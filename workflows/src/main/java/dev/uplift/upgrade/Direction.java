package dev.uplift.upgrade;

/** Whether a step serves the upgrade or its compensation. */
public enum Direction {
  FORWARD,
  BACK
}
