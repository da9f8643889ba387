package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.World.EngineKind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The shell lines that people have used so far work as they are printed in their guide. They are in
 * {@code guide/}; only the tenant and the port are put in.
 */
@Tag("full")
@Timeout(240)
class ShellLoopIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern BATCH_ANSWER =
      Pattern.compile(
          "Upgrading ([a-z0-9-]+)\\.\\.\\.\\n(\\{.*?\\})(?=Upgrading |\\s*$)", Pattern.DOTALL);
  private static final List<String> SIX_MIGRATIONS =
      List.of(
          "scripts/create_schema.py",
          "scripts/create_default_users.py",
          "scripts/add_person_columns.py",
          "scripts/migrate_add_import_metadata.py",
          "scripts/add_person_indexes.py",
          "scripts/add_segment_tables.py");
  private static final List<String> THIRTEEN_LINES =
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

  @TempDir static Path directory;
  private static World world;

  @BeforeAll
  static void startWorld() throws Exception {
    assumeTrue(isOnPath("jq") && isOnPath("curl"), "the lines of the guide need curl and jq");
    world =
        World.start(
            directory,
            EngineKind.EMBEDDED,
            sandbox -> sandbox.tenants(3).rows(50).timeout("health_window", "1s"));
  }

  @AfterAll
  static void endWorld() {
    if (world != null) {
      world.close();
    }
  }

  @Test
  void theLinesOfTheGuideUpgradeAFleetAndCalledAgainChangeNothing() throws Exception {
    SandboxTenant testsite = world.sandbox().tenant("testsite");
    requireVersion(run("version.sh", testsite), "v0.2.0", true);

    requireUpgraded(JSON.readTree(run("upgrade.sh", testsite)), testsite);
    requireVersion(run("version.sh", testsite), "v0.3.0", false);

    Map<String, JsonNode> first = batch();
    assertThat(first).containsOnlyKeys("testsite", "acme", "globex");
    requireUnchanged(first.get("testsite"));
    requireUpgraded(first.get("acme"), world.sandbox().tenant("acme"));
    requireUpgraded(first.get("globex"), world.sandbox().tenant("globex"));

    List<List<Long>> processes = processIds();
    List<TenantFacts> facts = facts();
    Map<String, JsonNode> second = batch();
    assertThat(second).containsOnlyKeys("testsite", "acme", "globex");
    second.values().forEach(ShellLoopIT::requireUnchanged);
    requireUnchanged(JSON.readTree(run("upgrade.sh", testsite)));
    assertThat(processIds()).isEqualTo(processes);
    assertThat(facts()).isEqualTo(facts);
  }

  private static void requireVersion(String output, String deployed, boolean upgradeAvailable)
      throws IOException {
    JsonNode version = JSON.readTree(output);
    assertThat(fieldNames(version).subList(0, 5))
        .containsExactly(
            "deployed_version",
            "deployed_commit",
            "latest_version",
            "latest_commit",
            "upgrade_available");
    assertThat(version.get("deployed_version").textValue()).isEqualTo(deployed);
    assertThat(version.get("deployed_commit").textValue()).isEqualTo(sevenDigitsOf(deployed));
    assertThat(version.get("latest_version").textValue()).isEqualTo("v0.3.0");
    assertThat(version.get("latest_commit").textValue()).isEqualTo(sevenDigitsOf("v0.3.0"));
    assertThat(version.get("upgrade_available").isBoolean()).isTrue();
    assertThat(version.get("upgrade_available").booleanValue()).isEqualTo(upgradeAvailable);
  }

  private static void requireUpgraded(JsonNode report, SandboxTenant tenant) {
    requireContract(report);
    assertThat(report.get("status").textValue()).as("%s", report).isEqualTo("success");
    assertThat(report.get("previous_version").textValue()).isEqualTo("v0.2.0");
    assertThat(report.get("new_version").textValue()).isEqualTo("v0.3.0");
    assertThat(report.get("commit").textValue()).isEqualTo(sevenDigitsOf("v0.3.0"));
    assertThat(texts(report.get("migrations_run"))).isEqualTo(SIX_MIGRATIONS);
    assertThat(texts(report.get("details"))).isEqualTo(THIRTEEN_LINES);
    Path backup = Path.of(report.get("backup_path").textValue());
    assertThat(backup).isRegularFile().hasParent(tenant.database().getParent());
    assertThat(backup.getFileName().toString()).matches("pocket\\.db\\.backup_\\d{8}_\\d{6}");
    assertThat(report.get("changed").booleanValue()).isTrue();
    assertThat(TenantFacts.isHealthy(tenant)).isTrue();
  }

  private static void requireUnchanged(JsonNode report) {
    requireContract(report);
    assertThat(report.get("status").textValue()).as("%s", report).isEqualTo("success");
    assertThat(report.get("previous_version").textValue()).isEqualTo("v0.3.0");
    assertThat(report.get("new_version").textValue()).isEqualTo("v0.3.0");
    assertThat(report.get("migrations_run")).isEmpty();
    assertThat(report.get("backup_path").isNull()).isTrue();
    assertThat(report.get("changed").booleanValue()).isFalse();
  }

  /** Names, order and types that a client of the guide relies on. */
  private static void requireContract(JsonNode report) {
    assertThat(fieldNames(report).subList(0, 7))
        .containsExactly(
            "status",
            "previous_version",
            "new_version",
            "commit",
            "migrations_run",
            "backup_path",
            "details");
    for (String name : List.of("status", "previous_version", "new_version", "commit")) {
      assertThat(report.get(name).isTextual()).as(name).isTrue();
    }
    assertThat(report.get("migrations_run").isArray()).isTrue();
    assertThat(report.get("details").isArray()).isTrue();
  }

  private static Map<String, JsonNode> batch() throws Exception {
    String output = run("batch.sh", null);
    Map<String, JsonNode> answers = new LinkedHashMap<>();
    Matcher matcher = BATCH_ANSWER.matcher(output);
    while (matcher.find()) {
      answers.put(matcher.group(1), JSON.readTree(matcher.group(2)));
    }
    return answers;
  }

  /** Runs lines of the guide by bash and returns what they print on standard output. */
  private static String run(String name, SandboxTenant tenant) throws Exception {
    String lines = read(name).replace("localhost:32201", "localhost:" + port());
    if (tenant != null) {
      lines = lines.replace("{tenant_id}", tenant.id().value());
    }
    ProcessBuilder bash =
        new ProcessBuilder("bash", "-c", lines)
            .redirectError(directory.resolve("shell.err").toFile());
    bash.environment().put("TOKEN", world.token());
    Process process = bash.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s printed %s", name, output).isZero();
    return output;
  }

  private static String read(String name) throws IOException {
    try (InputStream lines = ShellLoopIT.class.getResourceAsStream("guide/" + name)) {
      return new String(lines.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static int port() {
    return world.calls().api().getPort();
  }

  private static String sevenDigitsOf(String tag) {
    return world.sandbox().upstream().commitOf(tag).substring(0, 7);
  }

  private static List<List<Long>> processIds() {
    return world.sandbox().tenants().stream()
        .map(tenant -> TenantFacts.processIds(tenant, world.sandbox().services()))
        .toList();
  }

  private static List<TenantFacts> facts() throws Exception {
    List<TenantFacts> facts = new ArrayList<>();
    for (SandboxTenant tenant : world.sandbox().tenants()) {
      facts.add(TenantFacts.of(tenant));
    }
    return facts;
  }

  private static List<String> fieldNames(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(text -> texts.add(text.textValue()));
    return texts;
  }

  private static boolean isOnPath(String program) {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(place -> Files.isExecutable(Path.of(place, program)));
  }
}
