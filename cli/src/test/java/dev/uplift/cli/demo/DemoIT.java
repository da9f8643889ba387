package dev.uplift.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.uplift.cli.LauncherProcess;
import dev.uplift.sandbox.LoopbackPorts;
import dev.uplift.sandbox.engine.TemporalBinary;
import dev.uplift.scenario.Eventually;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The demo as somebody types it: through the launcher, on the real class path and JVM flags. */
class DemoIT {
  private static final Duration DEMO = Duration.ofMinutes(4);
  private static final Duration SOON = Duration.ofMinutes(1);

  /** Less than the demo itself waits for what it ends. */
  private static final Duration ENDED = Duration.ofSeconds(80);

  private static final Duration GONE = Duration.ofSeconds(30);
  private static final List<String> DETAILS =
      List.of(
          "Stopping services...",
          "Services stopped",
          "Backing up database...",
          "Database backed up",
          "Fetching latest code...",
          "Checking out v0.3.0...",
          "Installing dependencies...",
          "Dependencies installed",
          "Running migrations...",
          "Ran 6 migrations",
          "Starting services...",
          "Services started",
          "Health check passed");
  private static final List<String> MIGRATIONS =
      List.of(
          "scripts/create_schema.py",
          "scripts/create_default_users.py",
          "scripts/add_person_columns.py",
          "scripts/migrate_add_import_metadata.py",
          "scripts/add_person_indexes.py",
          "scripts/add_segment_tables.py");

  @TempDir private Path home;
  private final int port = LoopbackPorts.free(1).get(0);

  @Test
  void onceUpgradesATenantOnTheEmbeddedEngineAndLeavesNoProcess() throws Exception {
    try (LauncherProcess demo =
        LauncherProcess.start(
            home, "demo", "--once", "--engine", "embedded", "--rows", "50", "--port", "" + port)) {
      assertThat(demo.exitCode(DEMO)).as("exit code; it says: %s", demo.err()).isZero();

      assertReport(json(demo.out()), 50);
      assertThat(demo.err())
          .containsSubsequence("InspectTenant", "StopServices", "RunMigrations", "CheckHealth");
      requireNothingLeft(demo);
    }
  }

  @Test
  @Tag("full")
  void theDemoStaysUpOnTheDevServerUntilItIsToldToEnd() throws Exception {
    assumeThat(TemporalBinary.ofThisMachine().find()).isPresent();
    try (LauncherProcess demo =
        LauncherProcess.start(
            home, "demo", "--engine", "dev-server", "--tenants", "2", "--port", "" + port)) {
      demo.awaitErr("Ctrl-C ends the demo.", DEMO);
      assertReport(json(demo.out()), 1000);
      assertThat(demo.err()).contains("http://localhost:" + port + "/swagger-ui.html");

      assertThat(demo.processes())
          .as("what has to be ended: engine, API, worker and four services")
          .hasSizeGreaterThanOrEqualTo(7);

      aSecondDemoIsRefusedInALine();
      theBatchLoopUpgradesTheOtherTenant();

      demo.terminate();
      assertThat(demo.exitCode(ENDED)).isNotZero();
      requireNothingLeft(demo);
    }
  }

  private void aSecondDemoIsRefusedInALine() throws Exception {
    try (LauncherProcess second = LauncherProcess.start(home, "demo", "--once")) {
      assertThat(second.exitCode(SOON)).isEqualTo(1);
      assertThat(second.err().lines()).hasSize(1);
      assertThat(second.err()).contains("another demo runs here").contains("Ctrl-C");
    }
  }

  private void theBatchLoopUpgradesTheOtherTenant() throws Exception {
    String loop =
        """
        set -eu
        . "$1"
        TOKEN=$UPLIFT_TOKEN
        TENANTS=$(curl -s -H "Authorization: Bearer $TOKEN" \\
          $UPLIFT_URL/api/tenants | jq -r '.tenants[].id')
        for ID in $TENANTS; do
          curl -s -X POST -H "Authorization: Bearer $TOKEN" \\
            -H "Content-Type: application/json" \\
            -d '{"target_version": "v0.3.0", "backup_db": true}' \\
            $UPLIFT_URL/api/tenants/$ID/upgrade | jq -c '[.status, .changed]'
        done
        """;
    Process shell =
        new ProcessBuilder("bash", "-c", loop, "bash", home.resolve(".uplift/demo.env").toString())
            .redirectErrorStream(true)
            .start();
    List<String> lines = new ArrayList<>(shell.inputReader().lines().toList());
    assertThat(shell.waitFor()).as("%s", lines).isZero();
    assertThat(lines).containsExactlyInAnyOrder("[\"success\",false]", "[\"success\",true]");
  }

  @Test
  @Tag("full")
  void aPortThatIsTakenIsSaidInALine() throws Exception {
    try (ServerSocket other = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
        LauncherProcess demo =
            LauncherProcess.start(home, "demo", "--once", "--port", "" + other.getLocalPort())) {
      assertThat(demo.exitCode(SOON)).isEqualTo(1);
      assertThat(demo.err().lines()).hasSize(1);
      assertThat(demo.err()).contains("port " + port + " is taken").contains("--port");
      requireNothingLeft(demo);
    }
  }

  /** When it says that it makes tenants, and what it has made some moments later. */
  @ParameterizedTest
  @ValueSource(strings = {"", "venv/bin/python3", "tenants/testsite/venv", "state/process"})
  @Tag("full")
  void endedWhileItStartsItLeavesNoProcess(String made) throws Exception {
    try (LauncherProcess demo =
        LauncherProcess.start(
            home, "demo", "--engine", "embedded", "--tenants", "1", "--port", "" + port)) {
      demo.awaitErr("Tenants: making", DEMO);
      Path file = home.resolve(".uplift/demo/sandbox").resolve(made);
      Eventually.within(DEMO, file + " is there", () -> Files.exists(file));

      demo.terminate();

      assertThat(demo.exitCode(ENDED)).isNotZero();
      assertThat(demo.err()).doesNotContain("\tat ");
      requireNothingLeft(demo);
      assertThatNobodyListens(port);
    }
  }

  /** What has been ended is gone a moment after whoever ended it. */
  private static void requireNothingLeft(LauncherProcess demo) throws Exception {
    Eventually.within(GONE, "no process is left", () -> demo.processes().isEmpty());
  }

  private static void assertReport(JsonNode report, int rows) throws SQLException {
    assertThat(report.path("status").asText()).isEqualTo("success");
    assertThat(report.path("previous_version").asText()).isEqualTo("v0.2.0");
    assertThat(report.path("new_version").asText()).isEqualTo("v0.3.0");
    assertThat(report.path("commit").asText()).matches("[0-9a-f]{7}");
    assertThat(texts(report.path("migrations_run"))).isEqualTo(MIGRATIONS);
    assertThat(texts(report.path("details"))).isEqualTo(DETAILS);
    assertThat(report.path("downtime_ms").asLong()).isPositive();
    assertThat(Path.of(report.path("backup_path").asText()))
        .exists()
        .satisfies(backup -> assertThat(peopleIn(backup)).isEqualTo(rows));
  }

  private static int peopleIn(Path database) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        ResultSet count =
            connection.createStatement().executeQuery("select count(*) from person")) {
      return count.getInt(1);
    }
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(element -> texts.add(element.asText()));
    return texts;
  }

  private static JsonNode json(String text) throws IOException {
    return JsonMapper.builder().build().readTree(text);
  }

  private static void assertThatNobodyListens(int port) throws IOException {
    try (Socket socket = new Socket()) {
      InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
      assertThat(catchThrowable(() -> socket.connect(address))).isInstanceOf(IOException.class);
    }
  }
}
