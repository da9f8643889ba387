package dev.uplift.scenario;

import dev.uplift.sandbox.SandboxTenant;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/** A database on which the migrations of v0.3.0 fail, and nothing before them. */
public final class PoisonedDatabase {
  private PoisonedDatabase() {}

  /** Lets the last of the six scripts fail, when those before it have done their work. */
  public static void of(SandboxTenant tenant) throws SQLException {
    String url = "jdbc:sqlite:" + tenant.database() + "?busy_timeout=10000";
    try (Connection database = DriverManager.getConnection(url);
        Statement statement = database.createStatement()) {
      statement.execute("CREATE VIEW segment AS SELECT 1");
    }
  }
}
