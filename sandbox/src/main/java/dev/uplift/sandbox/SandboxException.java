package dev.uplift.sandbox;

/** The sandbox cannot be made or used; the message says what to do in words for the terminal. */
public final class SandboxException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public SandboxException(String message) {
    super(message);
  }

  public SandboxException(String message, Throwable cause) {
    super(message, cause);
  }
}
