package dev.uplift.cli.token;

import dev.uplift.api.ApiSettings;
import dev.uplift.api.registry.RegistryAddress;
import dev.uplift.api.registry.RegistrySettingsException;
import dev.uplift.cli.console.CommandFailure;
import dev.uplift.cli.server.StateDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** The options that say which registry is meant. */
final class RegistryOptions {
  /** Where {@code uplift host prepare --api} writes them. */
  private static final Path SETTINGS_OF_THE_MACHINE = Path.of("/etc/uplift/uplift-api.yml");

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
        description =
            "The state directory of 'uplift up' (default: as there, on a machine without"
                + " /etc/uplift/uplift-api.yml).")
    private Path state;

    @Option(
        names = "--registry",
        paramLabel = "FILE|URL",
        description = "The registry itself: uplift.database of 'uplift api'.")
    private String registry;

    @Option(
        names = "--config",
        paramLabel = "FILE",
        description =
            "The settings of 'uplift api', which say where the registry is (default:"
                + " /etc/uplift/uplift-api.yml, where that exists).")
    private Path config;
  }

  /**
   * @throws RegistrySettingsException if what is said of it does not fit together
   * @throws CommandFailure if it cannot be read, or would be spoilt for its owner
   */
  RegistryAddress address() {
    RegistryAddress address = address(System.getenv(), SETTINGS_OF_THE_MACHINE);
    if (!address.isPostgresql()) {
      RegistryOwner.refuseRootInstead(Path.of(address.database()), System.getProperty("user.name"));
    }
    return address;
  }

  /**
   * @param settings of the API of this machine, if it has one: else a registry would be made of
   *     which that API knows nothing
   */
  RegistryAddress address(Map<String, String> environment, Path settings) {
    if (place != null && place.config != null) {
      return configured(place.config);
    }
    if (place != null && place.state != null) {
      return RegistryAddress.file(StateDirectory.registry(place.state));
    }
    if (place != null) {
      return new RegistryAddress(place.registry, user, passwordFile);
    }
    // The API reads the same variables.
    String database = environment.get("UPLIFT_DATABASE");
    if (database == null) {
      return Files.exists(settings)
          ? configured(settings)
          : RegistryAddress.file(StateDirectory.registry(StateDirectory.ofServer(environment)));
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
