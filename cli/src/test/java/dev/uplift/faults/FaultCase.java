package dev.uplift.faults;

import java.util.Locale;

/**
 * A fault, and what is promised to come of it.
 *
 * @param id says which case it is, for ever: a run that was interrupted goes on after it
 * @param row of the fault matrix; null for a moment that the journal tells, and for a random time
 * @param seed repeats a kill at a random time; null for all others
 */
record FaultCase(
    String id, Integer row, String fault, Injection injection, String expected, Long seed) {

  /** A case of the matrix. */
  static FaultCase ofRow(int row, String fault, Injection injection, String expected) {
    return new FaultCase(
        "row %02d, %s: %s".formatted(row, injection.name().toLowerCase(Locale.ROOT), fault),
        row,
        fault,
        injection,
        expected,
        null);
  }

  /** A case that no row names, since it is derived from what an upgrade does. */
  static FaultCase derived(String fault, Injection injection, String expected) {
    return new FaultCase(
        "derived, %s: %s".formatted(injection.name().toLowerCase(Locale.ROOT), fault),
        null,
        fault,
        injection,
        expected,
        null);
  }

  /** Where a table names it. */
  String place() {
    return row != null ? "row " + row : seed != null ? "seed " + seed : "derived";
  }

  /** Whether it is a kill at a random time. */
  boolean atRandomTime() {
    return row == null && seed != null;
  }

  /**
   * What faults at random times have in common.
   *
   * @param what is struck
   */
  record Kind(String what, Injection injection) {
    /** The one that a seed stands for. */
    FaultCase atRandom(String expected, long seed) {
      return new FaultCase(what + ", seed " + seed, null, what, injection, expected, seed);
    }
  }

  /** Brings the fault about. */
  interface Body {
    /**
     * @return what was seen, in the words of {@code expected} or more exactly
     * @throws AssertionError if a promise was broken
     * @throws org.opentest4j.TestAbortedException if this machine cannot do it
     */
    String inject() throws Exception;
  }
}
