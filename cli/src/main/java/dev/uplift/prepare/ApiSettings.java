package dev.uplift.prepare;

import java.nio.file.Path;
import java.util.Optional;

/** The settings of the API that are decided when its machine is prepared. */
record ApiSettings(String database, EngineSettings engine) {
  static final Path STATE = Path.of("/var/lib/uplift-api");

  /** Where it has its own copies of certificates and keys. */
  static final Path KEYS = Path.of("/etc/uplift/api");

  private static final String DATABASE = STATE + "/registry.db";

  /** Reads them as the API does, in whichever way they are written. */
  static ApiSettings parse(String file, String yaml) {
    return WorkerSettings.read(
        file,
        yaml,
        settings ->
            new ApiSettings(
                settings.bind("uplift.database", String.class).orElse(DATABASE),
                EngineSettings.parse(settings)));
  }

  /**
   * The settings as they are to be: as asked, else as they are, else as the worker has them.
   *
   * @param existing the text of the settings file, if there is one
   * @throws Refused if a person has changed that file, and something else was asked
   */
  static ApiSettings of(EngineRequest asked, Optional<String> existing, EngineSettings worker) {
    if (existing.isEmpty()) {
      return new ApiSettings(DATABASE, EngineSettings.DEFAULT.with(asked.elseAs(worker), KEYS));
    }
    ApiSettings is = parse(HostPlan.API_SETTINGS.toString(), existing.get());
    ApiSettings settings = new ApiSettings(is.database, is.engine.with(asked, KEYS));
    if (!is.equals(settings) && !existing.get().equals(is.yaml())) {
      throw WorkerSettings.changedBySomebody(
          HostPlan.API_SETTINGS, is.engine.differences(settings.engine));
    }
    return settings;
  }

  String yaml() {
    return """
        # Made by 'uplift host prepare --api', which leaves it alone once somebody changed it.
        # All settings are in /opt/uplift/docs/engine.md and /opt/uplift/docs/operations.md.
        uplift:
          database: %s
        %s"""
        .formatted(database, engine.yaml());
  }
}
