package dev.uplift.health;

import java.time.Instant;

/** What one request met. */
public sealed interface Answer {
  /** When it was over. */
  Instant at();

  /**
   * @param location of a redirect, which is not followed; else null
   * @param truncated whether the body was longer than what is kept of it
   */
  record Answered(Instant at, int status, String location, String body, boolean truncated)
      implements Answer {}

  /** The service gave no answer: nobody listens, it broke off, or it took too long. */
  record Silent(Instant at, String reason) implements Answer {}

  /** The request could not even be made, which says nothing about the service. */
  record Unmeasured(Instant at, String reason) implements Answer {}
}
