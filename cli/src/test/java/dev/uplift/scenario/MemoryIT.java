package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.World.EngineKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What API and worker keep in memory, with the launcher's flags, when they have done some work. */
@Tag("full")
@Tag("alone")
@Timeout(300)
class MemoryIT {
  private static final int ROUNDS = 5;
  private static final int API_MOST_MIB = 350;
  private static final int WORKER_MOST_MIB = 250;
  @TempDir Path directory;

  @Test
  void staysWithinItsLimitsOverTenUpgrades() throws Exception {
    try (World world =
        World.start(
            directory.resolve("world"),
            EngineKind.EMBEDDED,
            sandbox -> sandbox.tenants(2).rows(1_000).timeout("health_window", "1s"))) {
      String parent = "v0.3.0";
      for (int round = 1; round <= ROUNDS; round++) {
        String tag = "v0.3." + round;
        world.sandbox().upstream().addRelease(tag, parent, Map.of("VERSION", tag + "\n"));
        parent = tag;
        for (SandboxTenant tenant : world.sandbox().tenants()) {
          Calls.Answer answer =
              world.calls().upgrade(tenant.id().value(), "{\"target_version\":\"" + tag + "\"}");
          assertThat(answer.status()).as("%s", answer).isEqualTo(200);
        }
      }

      int api = residentMib(world.apiPid());
      int worker = residentMib(world.workerPid());
      System.out.printf(
          "Resident after %d upgrades: api %d MiB, worker %d MiB%n", 2 * ROUNDS, api, worker);
      assertThat(api).isLessThanOrEqualTo(API_MOST_MIB);
      assertThat(worker).isLessThanOrEqualTo(WORKER_MOST_MIB);
    }
  }

  private static int residentMib(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .map(line -> line.replaceAll("[^0-9]", ""))
        .mapToInt(kib -> Integer.parseInt(kib) / 1024)
        .findFirst()
        .orElseThrow();
  }
}
