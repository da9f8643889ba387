package dev.uplift.prepare;

/** Why a machine is not prepared, with what to do about it. Nothing was changed. */
public final class Refused extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Refused(String message) {
    super(message);
  }

  Refused(String message, Throwable cause) {
    super(message, cause);
  }
}
