package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.World.CommandOutput;
import dev.uplift.scenario.World.EngineKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What some upgrades leave behind, and what becomes of it. */
@Tag("full")
@Timeout(400)
class KeptBackupsIT {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** As little as can be asked for. */
  private static final Map<String, ?> NOTHING_IS_KEPT =
      Map.of(
          "uplift.host.retention.backups.count",
          0,
          "uplift.host.retention.backups.age",
          "0s",
          "uplift.host.retention.failed-databases.count",
          0,
          "uplift.host.retention.failed-databases.age",
          "0s");

  @TempDir private Path directory;
  private World world;
  private SandboxTenant tenant;

  @Test
  void backupsAreListedProvenAndPrunedButNeverTheLastGoodOne() throws Exception {
    try (World started =
        World.start(
            directory,
            EngineKind.EMBEDDED,
            sandbox ->
                sandbox.tenants(1).rows(50).release("v0.1.0").timeout("health_window", "1s"))) {
      world = started;
      tenant = world.sandbox().tenants().get(0);
      Path first = Path.of(upgrade("v0.2.0").get("backup_path").asText());
      Path second = Path.of(upgrade("v0.3.0").get("backup_path").asText());
      requireProven(first, second);

      world.restartWorker(NOTHING_IS_KEPT);
      requireNothingDeletedOnAnAlteredOne(first, second);
      requirePrunedAsTheDryRunSaid(first, second);
      requirePrunedByItself(second);
      assertThat(TenantFacts.isHealthy(tenant)).isTrue();
    }
  }

  private void requireProven(Path first, Path second) throws Exception {
    CommandOutput listed = backups("list");
    assertThat(listed.text()).contains(name(first), name(second), "v0.1.0", "v0.2.0");
    assertThat(listed.exitCode()).as(listed.text()).isZero();

    CommandOutput verified = backups("verify");

    assertThat(verified.exitCode()).as(verified.text()).isZero();
    assertThat(verified.text()).contains("2 of 2 are good");
    assertThat(world.sandbox().state().resolve("scratch")).isEmptyDirectory();
    // By default none of these is old enough; the host may be looking at them by itself.
    Eventually.within(PATIENCE, "none is pruned", () -> backups("prune").text().contains("0 of "));
  }

  private void requireNothingDeletedOnAnAlteredOne(Path first, Path second) throws Exception {
    flipLastByte(second);

    CommandOutput verified = backups("verify");

    assertThat(verified.exitCode()).as(verified.text()).isEqualTo(1);
    assertThat(verified.text()).contains("1 of 2 are good", "altered: its content has sha256");
    assertThat(deleted(backups("prune", "--json"), "deleted", "true")).isEmpty();
    assertThat(first).exists();
    assertThat(second).exists();
    flipLastByte(second);
    assertThat(backups("verify", "--name", name(second)).exitCode()).isZero();
  }

  private void requirePrunedAsTheDryRunSaid(Path first, Path second) throws Exception {
    List<String> said = deleted(backups("prune", "--dry-run", "--json"), "keep", "false");
    assertThat(first).exists();

    List<String> done = deleted(backups("prune", "--json"), "deleted", "true");

    assertThat(said).contains(first.toString()).isEqualTo(done);
    assertThat(first).doesNotExist();
    assertThat(beside()).containsExactlyInAnyOrder(name(second), name(second) + ".json");
    assertThat(audited()).startsWith("backups.pruned", "backups.prune");
  }

  /** Without anybody asking, and what the last success is rolled back with stays. */
  private void requirePrunedByItself(Path second) throws Exception {
    Apps apps = new Apps(world.calls());
    apps.addUnrehearsed("unrehearsed");
    apps.use(tenant, "unrehearsed");
    JsonNode report = upgrade("v0.4.0-migration-raises");
    assertThat(report.get("status").asText()).as("%s", report).isEqualTo("rolled_back");
    Path failed = Path.of(report.get("failed_database").asText());

    Path third = Path.of(report.get("backup_path").asText());

    // The record of the failed database is the last of it to go.
    Eventually.within(
        PATIENCE,
        "nothing of the failed database is left",
        () -> beside().stream().noneMatch(file -> file.startsWith(name(failed))));

    assertThat(beside())
        .containsExactlyInAnyOrder(
            name(second), name(second) + ".json", name(third), name(third) + ".json");
  }

  private JsonNode upgrade(String tag) throws Exception {
    return world
        .calls()
        .upgrade(tenant.id().value(), "{\"target_version\":\"" + tag + "\"}")
        .report();
  }

  private CommandOutput backups(String command, String... options) throws Exception {
    List<String> words = new ArrayList<>(List.of(command, tenant.id().value()));
    words.addAll(List.of(options));
    return world.uplift("backups", words.toArray(String[]::new));
  }

  /** The paths of the items of which this field is so. */
  private static List<String> deleted(CommandOutput output, String field, String value)
      throws Exception {
    List<String> paths = new ArrayList<>();
    for (JsonNode item : new ObjectMapper().readTree(output.text()).at("/0/items")) {
      if (item.path(field).asText().equals(value)) {
        paths.add(item.path("path").asText());
      }
    }
    return paths;
  }

  private List<String> audited() throws Exception {
    return world
        .calls()
        .get("/api/audit?object=tenants/" + tenant.id())
        .body()
        .get("entries")
        .findValuesAsText("action");
  }

  private List<String> beside() throws Exception {
    try (Stream<Path> files = Files.list(tenant.database().getParent())) {
      return files
          .map(KeptBackupsIT::name)
          .filter(name -> name.contains("backup_") || name.contains("failed_"))
          .toList();
    }
  }

  private static String name(Path file) {
    return file.getFileName().toString();
  }

  private static void flipLastByte(Path file) throws Exception {
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
  }
}
