package dev.uplift.api;

import dev.uplift.api.notify.NotifySettingsException;
import dev.uplift.api.registry.RegistrySettingsException;
import dev.uplift.engine.EngineSettingsException;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;

/** Says what is wrong with the settings, instead of a stack trace. */
class SettingsRefused implements FailureAnalyzer {
  @Override
  public FailureAnalysis analyze(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof EngineSettingsException
          || cause instanceof RegistrySettingsException
          || cause instanceof NotifySettingsException) {
        return new FailureAnalysis(cause.getMessage(), null, cause);
      }
    }
    return null;
  }
}
