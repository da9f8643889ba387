package dev.uplift.testhost;

/** This machine cannot have test hosts; the message says why. */
final class NoTestHosts extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NoTestHosts(String reason) {
    super(reason);
  }
}
