package dev.uplift.profile.yaml;

import dev.uplift.profile.AppProfile;
import dev.uplift.profile.ReleaseProfile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Reads profiles. Every method throws a {@link DocumentException}, an {@link
 * IllegalArgumentException}, that names line and key of what it does not accept.
 */
public final class ProfileReader {
  private static final String BUILT_IN = "cbapp";

  private ProfileReader() {}

  /**
   * Reads a release's own {@code uplift.yml}; an empty one changes nothing.
   *
   * @param yaml may set {@code migrations}, {@code dependencies}, {@code health} and {@code
   *     timeouts}, and nothing else
   */
  public static ReleaseProfile readRelease(String yaml) {
    return StrictYaml.read("uplift.yml", yaml).bind(ReleaseProfile.class);
  }

  /** Reads the profile of one app, the value below its name in a fleet file. */
  public static AppProfile readApp(String yaml) {
    return StrictYaml.read("profile", yaml).bind(AppProfile.class);
  }

  /** {@link #readApp} for JSON. */
  public static AppProfile readAppJson(String json) {
    return StrictJson.read("profile", json).bind(AppProfile.class);
  }

  /** The profile that comes with Uplift under this name; a registered one goes before it. */
  public static Optional<AppProfile> builtIn(AppName name) {
    return name.value().equals(BUILT_IN) ? Optional.of(readBuiltIn()) : Optional.empty();
  }

  private static AppProfile readBuiltIn() {
    try (InputStream resource = ProfileReader.class.getResourceAsStream(BUILT_IN + ".yml")) {
      return readApp(new String(resource.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
