package dev.uplift.sandbox;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.uplift.service.UnitName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** How a tenant comes to be: what a person does who installs the sample application. */
final class NewTenant {
  private static final Duration HEALTHY_WITHIN = Duration.ofSeconds(60);
  private static final Duration HEALTH_PAUSE = Duration.ofMillis(25);
  // JSON is YAML too.
  private static final ObjectMapper YAML = new ObjectMapper();

  /** In the order in which they are run; a release has those that exist in its tree. */
  private static final List<String> MIGRATIONS =
      List.of(
          "scripts/create_schema.py",
          "scripts/create_default_users.py",
          "scripts/add_person_columns.py",
          "scripts/migrate_add_import_metadata.py",
          "scripts/add_person_indexes.py",
          "scripts/add_segment_tables.py");

  private final Sandbox sandbox;
  private final String release;
  private final int rows;
  private final boolean singleBranch;

  NewTenant(Sandbox sandbox, String release, int rows, boolean singleBranch) {
    this.sandbox = sandbox;
    this.release = release;
    this.rows = rows;
    this.singleBranch = singleBranch;
  }

  /** The part that does not need the dependencies. */
  void cloneAndConfigure(SandboxTenant tenant) {
    try {
      cloneRelease(tenant.path());
      Files.writeString(tenant.path().resolve(".env"), settings(tenant));
      define(tenant, tenant.apiUnit(), "services/api.py");
      define(tenant, tenant.frontendUnit(), "services/frontend.py");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void cloneRelease(Path checkout) {
    String url = sandbox.upstream().url();
    if (singleBranch) {
      git(checkout.getParent(), "clone", "--single-branch", "--branch", release, url, checkout);
    } else {
      git(checkout.getParent(), "clone", url, checkout);
      git(checkout, "checkout", release);
    }
  }

  private static void git(Path directory, Object... arguments) {
    String[] words = new String[arguments.length + 3];
    words[0] = "git";
    words[1] = "-c";
    words[2] = "advice.detachedHead=false";
    for (int i = 0; i < arguments.length; i++) {
      words[i + 3] = arguments[i].toString();
    }
    Tool.in(directory, Map.of("GIT_TERMINAL_PROMPT", "0"), words).run();
  }

  private static String settings(SandboxTenant tenant) {
    return """
        TENANT=%s
        API_PORT=%d
        FRONTEND_PORT=%d
        METRICS_PORT=%d
        DATABASE=%s
        """
        .formatted(
            tenant.id(),
            tenant.apiPort(),
            tenant.frontendPort(),
            tenant.metricsPort(),
            tenant.database());
  }

  private void define(SandboxTenant tenant, UnitName unit, String program) throws IOException {
    Path file = sandbox.definitions().resolve(unit + ".yml");
    YAML.writeValue(
        file.toFile(),
        Map.of("run", List.of("venv/bin/python", program), "directory", tenant.path().toString()));
  }

  /** The rest, up to services that were started. */
  void installAndStart(SandboxTenant tenant, VirtualEnvironment dependencies) {
    try {
      dependencies.copyTo(tenant.path().resolve("venv"));
      migrate(tenant.path());
      insertPeople(tenant);
    } catch (IOException | SQLException e) {
      throw new SandboxException(tenant.id() + " cannot be set up: " + e.getMessage(), e);
    }
    tenant.units().forEach(sandbox.services()::start);
  }

  private static void migrate(Path checkout) {
    String python = checkout.resolve("venv/bin/python").toString();
    for (String script : MIGRATIONS) {
      if (Files.exists(checkout.resolve(script))) {
        Tool.in(checkout, Map.of(), python, script).run();
      }
    }
  }

  private void insertPeople(SandboxTenant tenant) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + tenant.database());
        PreparedStatement insert =
            connection.prepareStatement("INSERT INTO person (name, email) VALUES (?, ?)")) {
      connection.setAutoCommit(false);
      for (int number = 1; number <= rows; number++) {
        // Different in every tenant, so that data that ends up with another one is noticed.
        insert.setString(1, "Person " + number + " of " + tenant.id());
        insert.setString(2, "person" + number + "@" + tenant.id() + ".example");
        insert.addBatch();
        if (number % 10_000 == 0) {
          insert.executeBatch();
        }
      }
      insert.executeBatch();
      connection.commit();
    }
  }

  void awaitHealthy(SandboxTenant tenant) {
    Instant started = Instant.now();
    Instant deadline = started.plus(HEALTHY_WITHIN);
    Probe api = new Probe(tenant.health());
    Probe frontend = new Probe(tenant.frontend());
    while (!api.isGood() || !frontend.isGood()) {
      boolean died =
          tenant.units().stream().anyMatch(unit -> !sandbox.services().state(unit).running());
      if (died || Instant.now().isAfter(deadline)) {
        throw new SandboxException(
            tenant.id() + (died ? " ended" : " did not become healthy") + ": " + logs(tenant));
      }
      try {
        Thread.sleep(HEALTH_PAUSE.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new SandboxException("interrupted", e);
      }
    }
  }

  private String logs(SandboxTenant tenant) {
    StringBuilder logs = new StringBuilder();
    tenant
        .units()
        .forEach(unit -> logs.append(sandbox.services().logSince(unit, Instant.EPOCH, 4096)));
    return logs.toString().strip();
  }
}
