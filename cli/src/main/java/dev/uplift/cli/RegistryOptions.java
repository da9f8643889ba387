package dev.uplift.cli;

import dev.uplift.api.ApiSettings;
import dev.uplift.api.registry.RegistryAddress;
import dev.uplift.api.registry.RegistrySettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** The options that say which registry is meant. */
final class RegistryOptions {
  @ArgGroup private Place place;

  @Option(
      names = "--database-user",
      paramLabel = "USER",
      description = "As whom to log in, if the registry is in PostgreSQL.")
  private String user;

  @Option(
      names = "--database-password-file",
      paramLabel = "FILE",
      description = "Holds the password for that.")
  private Path passwordFile;

  static final class Place {
    @Option(
        names = "--state",
        paramLabel = "DIR",
        description = "The state directory of 'uplift up' (default: as there).")
    private Path state;

    @Option(
        names = "--registry",
        paramLabel = "FILE|URL",
        description = "The registry itself: uplift.database of 'uplift api'.")
    private String registry;

    @Option(
        names = "--config",
        paramLabel = "FILE",
        description = "The settings of 'uplift api', which say where the registry is.")
    private Path config;
  }

  /**
   * @throws RegistrySettingsException if what is said of it does not fit together
   */
  RegistryAddress address() {
    return place != null && place.config != null
        ? configured(place.config)
        : named(place == null ? null : place.state, System.getenv());
  }

  private RegistryAddress named(Path state, Map<String, String> environment) {
    if (state != null) {
      return RegistryAddress.file(StateDirectory.registry(state));
    }
    if (place != null) {
      return new RegistryAddress(place.registry, user, passwordFile);
    }
    // The API reads the same variables.
    String database = environment.get("UPLIFT_DATABASE");
    if (database == null) {
      return RegistryAddress.file(StateDirectory.registry(StateDirectory.ofServer(environment)));
    }
    String password = environment.get("UPLIFT_DATABASE_PASSWORD_FILE");
    return new RegistryAddress(
        database,
        user == null ? environment.get("UPLIFT_DATABASE_USER") : user,
        passwordFile == null && password != null ? Path.of(password) : passwordFile);
  }

  private static RegistryAddress configured(Path config) {
    if (!Files.isReadable(config)) {
      throw new CommandFailure(config + " cannot be read");
    }
    ApiSettings settings;
    try {
      settings = ApiSettings.read(config);
    } catch (IOException | RuntimeException malformed) {
      throw new CommandFailure(
          config + " cannot be understood: " + malformed.getMessage(), malformed);
    }
    RegistryAddress address = settings.registry();
    if (!address.isPostgresql() && !Path.of(address.database()).isAbsolute()) {
      throw new CommandFailure(
          config
              + " says uplift.database: "
              + address.database()
              + ", which depends on where the API runs: give the file with --registry");
    }
    return address;
  }
}
