package dev.uplift.cli;

import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** The options that say which registry is meant. */
final class RegistryOptions {
  @ArgGroup private Place place;

  static final class Place {
    @Option(
        names = "--state",
        paramLabel = "DIR",
        description = "The state directory of 'uplift up' (default: as there).")
    private Path state;

    @Option(
        names = "--registry",
        paramLabel = "FILE",
        description = "The registry itself: uplift.database of 'uplift api'.")
    private Path registry;
  }

  Path file() {
    return file(place, System.getenv());
  }

  static Path file(Place place, Map<String, String> environment) {
    if (place != null && place.registry != null) {
      return place.registry.toAbsolutePath();
    }
    if (place != null && place.state != null) {
      return StateDirectory.registry(place.state.toAbsolutePath());
    }
    // The API reads the same variable.
    String database = environment.get("UPLIFT_DATABASE");
    return database == null
        ? StateDirectory.registry(StateDirectory.ofServer(environment))
        : Path.of(database).toAbsolutePath();
  }
}
