package dev.uplift.engine;

/**
 * The connection to the engine cannot be made as it is configured; the message says what to set.
 */
public final class EngineSettingsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  EngineSettingsException(String message) {
    super(message);
  }

  EngineSettingsException(String message, Throwable cause) {
    super(message, cause);
  }
}
