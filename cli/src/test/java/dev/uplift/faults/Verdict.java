package dev.uplift.faults;

/** Whether a fault ended as it is promised. */
enum Verdict {
  AS_EXPECTED,
  WRONG,
  /** This machine cannot do it; never taken for a success. */
  NOT_RUN
}
