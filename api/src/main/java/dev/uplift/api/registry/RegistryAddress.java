package dev.uplift.api.registry;

import dev.uplift.secret.ExposedSecretException;
import dev.uplift.secret.SecretFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Where registry, ledger, tokens and audit log are kept.
 *
 * @param database the file of an SQLite database, or the {@code jdbc:postgresql:} URL of another
 * @param user of PostgreSQL
 * @param passwordFile holds that user's password; null where PostgreSQL asks for none
 */
public record RegistryAddress(String database, String user, Path passwordFile) {
  private static final String POSTGRESQL = "jdbc:postgresql:";
  private static final Pattern POSTGRESQL_URL =
      Pattern.compile("jdbc:postgresql://[A-Za-z0-9.,:_\\[\\]-]+/[^/?@]+(\\?[^@]*)?");
  private static final Pattern SECRET_OR_USER =
      Pattern.compile("[?&](user|[a-z]*password)=", Pattern.CASE_INSENSITIVE);
  private static final Pattern SCHEME = Pattern.compile("[a-z][a-z0-9+.]+:.*");

  public RegistryAddress {
    Objects.requireNonNull(database, "database");
    if (database.startsWith(POSTGRESQL)) {
      requireUrl(database);
      if (user == null || user.isBlank()) {
        throw new RegistrySettingsException(
            "uplift.database is PostgreSQL, so uplift.database-user must say as whom to log in");
      }
    } else {
      requireFile(database);
      if (user != null || passwordFile != null) {
        throw new RegistrySettingsException(
            "uplift.database is a file, so uplift.database-user and uplift.database-password-file"
                + " mean nothing: remove them, or set uplift.database to "
                + POSTGRESQL
                + "//HOST/DATABASE");
      }
    }
  }

  /** An SQLite file. */
  public static RegistryAddress file(Path file) {
    return new RegistryAddress(file.toAbsolutePath().toString(), null, null);
  }

  public boolean isPostgresql() {
    return database.startsWith(POSTGRESQL);
  }

  Path file() {
    return Path.of(database).toAbsolutePath();
  }

  /** Read anew for each connection, so that the password can be changed while the API runs. */
  String password() {
    if (passwordFile == null) {
      return null;
    }
    try {
      String password = new String(SecretFile.read(passwordFile), StandardCharsets.UTF_8).strip();
      if (password.isEmpty()) {
        throw new RegistrySettingsException(
            "uplift.database-password-file: " + passwordFile + " is empty");
      }
      return password;
    } catch (ExposedSecretException exposed) {
      throw new RegistrySettingsException(
          "uplift.database-password-file: " + exposed.getMessage(), exposed);
    } catch (IOException unreadable) {
      throw new RegistrySettingsException(
          "uplift.database-password-file: "
              + passwordFile
              + " cannot be read by user "
              + System.getProperty("user.name"),
          unreadable);
    }
  }

  /** Without the parameters of a URL. */
  @Override
  public String toString() {
    return database.replaceFirst("\\?.*", "");
  }

  private static void requireUrl(String url) {
    if (SECRET_OR_USER.matcher(url).find()) {
      throw new RegistrySettingsException(
          "uplift.database must not have a user or a password in it: set uplift.database-user and"
              + " uplift.database-password-file");
    }
    if (!POSTGRESQL_URL.matcher(url).matches()) {
      throw new RegistrySettingsException(
          "uplift.database is not of the form " + POSTGRESQL + "//HOST[:PORT]/DATABASE");
    }
  }

  // What was written is not repeated: it may have a password in it.
  private static void requireFile(String file) {
    if (SCHEME.matcher(file.toLowerCase(Locale.ROOT)).matches()) {
      throw new RegistrySettingsException(
          "uplift.database is neither a file nor of the form "
              + POSTGRESQL
              + "//HOST[:PORT]/DATABASE");
    }
  }
}
