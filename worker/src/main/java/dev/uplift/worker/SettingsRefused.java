package dev.uplift.worker;

import dev.uplift.engine.EngineSettingsException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says what is wrong with the settings, instead of a stack trace. */
class SettingsRefused extends AbstractFailureAnalyzer<EngineSettingsException> {
  @Override
  protected FailureAnalysis analyze(Throwable failure, EngineSettingsException refused) {
    return new FailureAnalysis(refused.getMessage(), null, refused);
  }
}
