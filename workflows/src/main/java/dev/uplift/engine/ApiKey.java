package dev.uplift.engine;

import io.temporal.authorization.AuthorizationTokenSupplier;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The key that is sent with each call, as it is in its file then: keys are replaced. */
final class ApiKey implements AuthorizationTokenSupplier {
  private static final Logger log = LoggerFactory.getLogger(ApiKey.class);
  private final Path file;
  private volatile String last;
  private volatile boolean unreadable;

  /**
   * @throws EngineSettingsException if there is none in the file
   */
  ApiKey(Path file) {
    this.file = file;
    this.last = PemFiles.apiKey(file);
  }

  @Override
  public String supply() {
    try {
      last = PemFiles.apiKey(file);
      unreadable = false;
    } catch (EngineSettingsException beingReplaced) {
      if (!unreadable) {
        log.warn("the API key that was read last stays in use: {}", beingReplaced.getMessage());
      }
      unreadable = true;
    }
    return last;
  }
}
