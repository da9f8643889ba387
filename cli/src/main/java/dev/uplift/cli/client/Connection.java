package dev.uplift.cli.client;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.cli.console.CommandFailure;
import dev.uplift.profile.yaml.StrictYaml;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/**
 * Which server a client command talks to, and as whom.
 *
 * @param url without a slash at the end
 * @param caFile certificates in PEM of who may vouch for the server; null: those of this Java
 */
public record Connection(URI url, String token, Path caFile) {
  private static final String DEFAULT_URL = "http://127.0.0.1:32201";

  public Connection {
    Objects.requireNonNull(token, "token");
    boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
    if (!http || url.getHost() == null || url.getUserInfo() != null) {
      throw new CommandFailure(
          "'" + url + "' is not the address of a server; write http://HOST:PORT");
    }
    String plain = url.toString();
    if (plain.endsWith("/")) {
      url = URI.create(plain.substring(0, plain.length() - 1));
    }
  }

  public Connection(URI url, String token) {
    this(url, token, null);
  }

  /** What stands in the configuration file of a user. Each may be absent. */
  record File(String url, String token, @JsonProperty("ca_file") String caFile) {
    static final File EMPTY = new File(null, null, null);

    static File read(Path file) {
      try {
        return Files.exists(file)
            ? StrictYaml.read(file.toString(), Files.readString(file)).bind(File.class)
            : EMPTY;
      } catch (IOException | IllegalArgumentException unusable) {
        throw new CommandFailure(unusable.getMessage(), unusable);
      }
    }
  }

  /**
   * Finds each of them in the first place that has it: option, environment, file.
   *
   * @param url null if it was not given as an option
   * @param token null if it was not given as an option
   * @param caFile null if it was not given as an option
   */
  static Connection resolve(
      String url, String token, String caFile, Map<String, String> environment) {
    Path place = configFile(environment);
    File file = File.read(place);
    String server = first(url, environment.get("UPLIFT_URL"), file.url(), DEFAULT_URL);
    String ca = first(caFile, environment.get("UPLIFT_CA_FILE"), file.caFile());
    String secret = first(token, environment.get("UPLIFT_TOKEN"), file.token());
    if (secret == null) {
      throw new CommandFailure(
          "no token: set UPLIFT_TOKEN, or write 'token: …' into "
              + place
              + " (uplift token create makes one)");
    }
    try {
      return new Connection(URI.create(server), secret, ca == null ? null : Path.of(ca));
    } catch (IllegalArgumentException malformed) {
      throw new CommandFailure("'" + server + "' is not a URL", malformed);
    }
  }

  static Path configFile(Map<String, String> environment) {
    String base = environment.get("XDG_CONFIG_HOME");
    Path config =
        base == null || base.isBlank()
            ? Path.of(environment.getOrDefault("HOME", "/"), ".config")
            : Path.of(base);
    return config.resolve("uplift").resolve("config.yml");
  }

  private static String first(String... candidates) {
    for (String candidate : candidates) {
      if (candidate != null && !candidate.isBlank()) {
        return candidate;
      }
    }
    return null;
  }

  /** Without the token, which must not get into a log. */
  @Override
  public String toString() {
    return url.toString();
  }
}
