package dev.uplift.faults;

/** How a fault is brought about. */
enum Injection {
  /** Something answers wrongly, fails or is not there. */
  FAILURE,
  /** SIGKILL of a process of Uplift. */
  KILL,
  /** SIGKILL of everything on the tenant's machine at once, or the loss of what was not synced. */
  POWER_CUT
}
