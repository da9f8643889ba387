package dev.uplift.api.rollout;

/**
 * Something that happened in a rollout.
 *
 * @param id grows with time
 * @param kind {@link #TENANT} or {@link #STATUS}
 * @param data as JSON
 */
record RolloutEvent(long id, String kind, String data) {
  /** Something came of a tenant: it is told as the rollout's answer has it. */
  static final String TENANT = "tenant";

  /** The rollout as a whole is in another state: its progress is told. */
  static final String STATUS = "status";
}
