package dev.uplift.scenario;

import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.service.ServiceManager;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * What a tenant is, found out with other means than Uplift's: native git, a dump of the database
 * through SQLite, the file system.
 */
public record TenantFacts(
    String commit, String status, String environment, String database, String settings) {

  public static TenantFacts of(SandboxTenant tenant) throws IOException, InterruptedException {
    return new TenantFacts(
        git(tenant, "rev-parse", "HEAD"),
        git(tenant, "status", "--porcelain", "--ignored=no", "--untracked-files=no"),
        environment(tenant.path().resolve("venv")),
        databaseHash(tenant.database()),
        settings(tenant.database()));
  }

  public static List<Long> processIds(SandboxTenant tenant, ServiceManager services) {
    return tenant.units().stream().map(unit -> services.state(unit).mainPid().orElse(-1L)).toList();
  }

  public static boolean isHealthy(SandboxTenant tenant) {
    try {
      HttpURLConnection connection = (HttpURLConnection) tenant.health().toURL().openConnection();
      connection.setReadTimeout(30_000);
      return connection.getResponseCode() == 200;
    } catch (IOException down) {
      return false;
    }
  }

  /** What lies in the checkout beside the release's files and what git is told to ignore. */
  public static String strayFiles(SandboxTenant tenant) throws IOException, InterruptedException {
    return git(tenant, "status", "--porcelain", "--untracked-files=all");
  }

  public static long people(SandboxTenant tenant) {
    try (Connection connection = open(tenant.database());
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT count(*) FROM person")) {
      return rows.getLong(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Of all people in a database. */
  public static Set<String> names(Path database) {
    try (Connection connection = open(database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT name FROM person")) {
      Set<String> names = new HashSet<>();
      while (rows.next()) {
        names.add(rows.getString(1));
      }
      return names;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  public static boolean hasColumn(SandboxTenant tenant, String table, String column) {
    try (Connection connection = open(tenant.database());
        ResultSet columns = connection.getMetaData().getColumns(null, null, table, column)) {
      return columns.next();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The files that git knows of the commit that is checked out. */
  public static Set<String> trackedFiles(SandboxTenant tenant)
      throws IOException, InterruptedException {
    return Set.of(git(tenant, "ls-tree", "-r", "--name-only", "HEAD").split("\n"));
  }

  private static String git(SandboxTenant tenant, String... words)
      throws IOException, InterruptedException {
    // The tenants of a test host belong to a user of that host.
    List<String> command =
        new ArrayList<>(List.of("git", "-c", "safe.directory=*", "-C", tenant.path().toString()));
    command.addAll(List.of(words));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException(output);
    }
    return output.strip();
  }

  private static String environment(Path venv) throws IOException {
    return Files.isSymbolicLink(venv)
        ? "link to " + Files.readSymbolicLink(venv)
        : "directory " + Files.getAttribute(venv, "unix:ino", LinkOption.NOFOLLOW_LINKS);
  }

  /** Every statement of the schema and every row of every table, in order. */
  public static String databaseHash(Path database) {
    return databaseHash(database, null);
  }

  /**
   * @param leftOut a beginning of names: people who are called so are not looked at, nor how many
   *     there were; null for nobody
   */
  public static String databaseHash(Path database, String leftOut) {
    try (Connection connection = open(database)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      List<String> tables = new ArrayList<>();
      try (Statement statement = connection.createStatement();
          ResultSet schema =
              statement.executeQuery(
                  "SELECT type, name, coalesce(sql, '') FROM sqlite_master ORDER BY type, name")) {
        while (schema.next()) {
          update(digest, schema.getString(1), schema.getString(2), schema.getString(3));
          if (schema.getString(1).equals("table")) {
            tables.add(schema.getString(2));
          }
        }
      }
      for (String table : tables) {
        if (leftOut == null) {
          hashRows(connection, table, "", digest);
        } else if (!table.equals("sqlite_sequence")) {
          String rest = " WHERE name NOT LIKE '" + leftOut + "%'";
          hashRows(connection, table, table.equals("person") ? rest : "", digest);
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (SQLException | NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void hashRows(
      Connection connection, String table, String condition, MessageDigest digest)
      throws SQLException {
    String quoted = '"' + table.replace("\"", "\"\"") + '"';
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("SELECT * FROM " + quoted + condition + " ORDER BY 1")) {
      int columns = rows.getMetaData().getColumnCount();
      while (rows.next()) {
        for (int column = 1; column <= columns; column++) {
          update(digest, String.valueOf(rows.getString(column)));
        }
      }
    }
  }

  private static void update(MessageDigest digest, String... texts) {
    for (String text : texts) {
      digest.update(text.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
    }
  }

  private static String settings(Path database) {
    try (Connection connection = open(database)) {
      StringBuilder all = new StringBuilder();
      for (String pragma :
          List.of(
              "user_version",
              "application_id",
              "journal_mode",
              "page_size",
              "encoding",
              "auto_vacuum")) {
        try (Statement statement = connection.createStatement();
            ResultSet value = statement.executeQuery("PRAGMA " + pragma)) {
          all.append(pragma).append('=').append(value.getString(1)).append(' ');
        }
      }
      return all.toString();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Connection open(Path database) throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + database);
  }
}
