package dev.uplift.api.registry;

/** The registry cannot be opened as it is configured; the message says what to do. */
public final class RegistrySettingsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RegistrySettingsException(String message) {
    super(message);
  }

  RegistrySettingsException(String message, Throwable cause) {
    super(message, cause);
  }
}
