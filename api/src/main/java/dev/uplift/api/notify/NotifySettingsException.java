package dev.uplift.api.notify;

/** The settings of notifications are wrong. Its message repeats none of their values. */
public final class NotifySettingsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NotifySettingsException(String message) {
    super(message);
  }
}
