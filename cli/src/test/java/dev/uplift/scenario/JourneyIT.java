package dev.uplift.scenario;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.sandbox.TenantClient;
import dev.uplift.sandbox.TenantClient.Acknowledged;
import dev.uplift.scenario.World.EngineKind;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A tenant goes from release to release while people work with it, and then once back. */
@Tag("full")
@Timeout(240)
class JourneyIT {
  private static final Duration WRITE_PAUSE = Duration.ofMillis(10);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** What people have put into the checkout: the second is ignored by git, the others are not. */
  private static final Map<String, String> STRAY =
      Map.of(
          "uploads.csv", "name,phone\nAda,1\n",
          "db/archive.db", "not even a database",
          "uploads/2024/scan.csv", "name\nGrace\n");

  @TempDir static Path directory;
  private static World world;

  @BeforeAll
  static void startWorld() throws Exception {
    world =
        World.start(
            directory,
            EngineKind.EMBEDDED,
            sandbox ->
                sandbox
                    .tenants(1)
                    .rows(100)
                    .release("v0.1.0")
                    // Longer than the last release of this journey lives.
                    .timeout("health_window", "3s"));
  }

  @AfterAll
  static void endWorld() {
    if (world != null) {
      world.close();
    }
  }

  @Test
  void everyFileAndEveryPromisedRowSurvivesTwoUpgradesAndAWayBack() throws Exception {
    SandboxTenant tenant = world.sandbox().tenants().get(0);
    for (Map.Entry<String, String> stray : STRAY.entrySet()) {
      Path file = tenant.path().resolve(stray.getKey());
      Files.createDirectories(file.getParent());
      Files.writeString(file, stray.getValue());
    }
    try (TenantClient user = new TenantClient(tenant)) {
      user.writeEvery(WRITE_PAUSE);

      requireUpgraded(tenant, user, "v0.1.0", "v0.2.0");
      requireUpgraded(tenant, user, "v0.2.0", "v0.3.0");
      requireWayBack(tenant, user);
    }
  }

  private static void requireUpgraded(
      SandboxTenant tenant, TenantClient user, String from, String to) throws Exception {
    awaitMoreRows(user);

    JsonNode report = upgrade(tenant, to);

    assertThat(report.get("status").asText()).as("%s", report).isEqualTo("success");
    assertThat(report.get("previous_version").asText()).isEqualTo(from);
    assertThat(report.get("new_version").asText()).isEqualTo(to);
    assertThat(report.get("warnings").toString()).contains("uploads.csv");
    awaitMoreRows(user);
    // After a success nothing was put back, so that this holds for rows of the cutover, too.
    assertThat(user.missing()).isEmpty();
    requireStray(tenant);
  }

  private static void requireWayBack(SandboxTenant tenant, TenantClient user) throws Exception {
    TenantFacts factsBefore = TenantFacts.of(tenant);
    Map<String, String> filesBefore = files(tenant.path());
    assertThat(filesBefore).containsKeys("uploads.csv", "db/archive.db", "venv", "VERSION");

    JsonNode report = upgrade(tenant, "v0.4.0-dies-after-start");

    assertThat(report.get("status").asText()).as("%s", report).isEqualTo("rolled_back");
    assertThat(report.at("/failure/kind").asText()).isEqualTo("crash_loop");
    assertThat(report.at("/fingerprints/equal").asBoolean()).isTrue();
    awaitMoreRows(user);
    user.close();
    requirePromisedRows(report, user);
    requireStray(tenant);
    Map<String, String> filesAfter = files(tenant.path());
    assertThat(filesAfter).containsAllEntriesOf(filesBefore);
    filesAfter.keySet().removeAll(filesBefore.keySet());
    assertThat(filesAfter.keySet())
        .anyMatch(added -> added.startsWith("db/pocket.db.backup_"))
        .anyMatch(added -> added.startsWith("db/pocket.db.failed_"))
        .allMatch(
            added -> added.matches("db/pocket\\.db\\.(backup|failed)_\\d{8}_\\d{6}(\\.json)?"));
    TenantFacts factsAfter = TenantFacts.of(tenant);
    assertThat(factsAfter.commit()).isEqualTo(factsBefore.commit());
    assertThat(factsAfter.status()).isEqualTo(factsBefore.status());
    assertThat(factsAfter.environment()).isEqualTo(factsBefore.environment());
    assertThat(TenantFacts.isHealthy(tenant)).isTrue();
  }

  /** Only what the failed release took in may be gone, and that is told and kept aside. */
  private static void requirePromisedRows(JsonNode report, TenantClient user) throws Exception {
    Instant stop = Instant.parse(report.at("/steps").get(4).get("started_at").asText());
    assertThat(report.at("/steps").get(4).get("name").asText()).isEqualTo("StopServices");
    Instant end = Instant.parse(report.get("finished_at").asText());
    List<Acknowledged> missing = user.missing();

    assertThat(user.acknowledged()).anyMatch(row -> row.at().isBefore(stop));
    assertThat(user.acknowledged()).anyMatch(row -> row.at().isAfter(end));
    assertThat(missing).isNotEmpty().allMatch(row -> row.at().isAfter(stop));
    assertThat(missing).allMatch(row -> row.at().isBefore(end));
    assertThat(report.at("/writes_after_start/person").asInt())
        .isGreaterThanOrEqualTo(missing.size());
    Path failed = Path.of(report.get("failed_database").asText());
    Set<String> keptAside = TenantFacts.names(failed);
    assertThat(keptAside).containsAll(missing.stream().map(Acknowledged::name).toList());
  }

  private static JsonNode upgrade(SandboxTenant tenant, String tag) throws Exception {
    return world
        .calls()
        .upgrade(tenant.id().value(), "{\"target_version\":\"" + tag + "\"}")
        .report();
  }

  private static void awaitMoreRows(TenantClient user) throws Exception {
    int before = user.acknowledged().size();
    Eventually.within(PATIENCE, "people are added", () -> user.acknowledged().size() >= before + 5);
  }

  private static void requireStray(SandboxTenant tenant) {
    STRAY.forEach(
        (name, content) ->
            assertThat(tenant.path().resolve(name)).content(UTF_8).isEqualTo(content));
  }

  /**
   * Every file of a checkout with what is in it, whether git knows it or not; but not git's own,
   * the database that is being written, and what Python makes of its sources.
   */
  private static Map<String, String> files(Path checkout) throws IOException {
    Map<String, String> found = new TreeMap<>();
    Files.walkFileTree(
        checkout,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
            return path.endsWith(".git") || path.endsWith("__pycache__")
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path path, BasicFileAttributes attributes)
              throws IOException {
            String name = checkout.relativize(path).toString();
            if (!isOfDatabase(path)) {
              found.put(name, attributes.isSymbolicLink() ? link(path) : hash(path));
            }
            return FileVisitResult.CONTINUE;
          }

          // What SQLite puts beside a database comes and goes while the tenant serves.
          @Override
          public FileVisitResult visitFileFailed(Path path, IOException failure)
              throws IOException {
            if (failure instanceof NoSuchFileException && isOfDatabase(path)) {
              return FileVisitResult.CONTINUE;
            }
            throw failure;
          }
        });
    return found;
  }

  private static boolean isOfDatabase(Path path) {
    return path.toString().matches(".*/db/pocket\\.db(-wal|-shm|-journal)?");
  }

  private static String link(Path path) throws IOException {
    return "link to " + Files.readSymbolicLink(path);
  }

  private static String hash(Path file) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(Files.readAllBytes(file)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
