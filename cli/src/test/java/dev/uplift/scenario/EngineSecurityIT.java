package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uplift.engine.EngineSecurity;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.sandbox.engine.TestAuthority;
import dev.uplift.scenario.World.EngineKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * An engine that is spoken to in another way than it wants: who asks for an upgrade, and who reads
 * the logs, is told what to set, and the tenant serves on.
 */
@Tag("full")
@Timeout(300)
class EngineSecurityIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir Path directory;

  @Test
  void anEngineThatWantsTlsAndGetsNone() throws Exception {
    assumeTrue(
        EngineKind.PRODUCTION.isAvailable(),
        "needs PostgreSQL and the programs of a Temporal cluster, see .ci/run");

    requireTold(
        EngineKind.PRODUCTION,
        EngineSecurity.NONE,
        "it wants TLS",
        "set uplift.engine.tls.ca-file");
  }

  @Test
  void anEngineThatGetsTlsAndDoesNotSpeakIt() throws Exception {
    TestAuthority authority = new TestAuthority(directory.resolve("authority"));
    EngineSecurity security = new EngineSecurity(authority.caFile(), null, null, null, null, false);

    requireTold(
        EngineKind.EMBEDDED, security, "it does not speak TLS", "or remove uplift.engine.tls");
  }

  private void requireTold(EngineKind kind, EngineSecurity unsuited, String... words)
      throws Exception {
    try (World world =
        World.start(directory.resolve("world"), kind, sandbox -> sandbox.tenants(1).rows(20))) {
      SandboxTenant tenant = world.sandbox().tenants().get(0);
      TenantFacts before = TenantFacts.of(tenant);
      List<Long> processes = TenantFacts.processIds(tenant, world.sandbox().services());

      world.reconnect(unsuited);
      Calls.Answer answer =
          world.calls().upgrade(tenant.id().value(), "{\"target_version\":\"v0.3.0\"}");

      assertThat(answer.status()).as("%s", answer).isEqualTo(503);
      assertThat(answer.body().get("type").asText()).endsWith(":engine-away");
      assertThat(answer.body().get("detail").asText())
          .contains("Nothing was started", world.engineAddress().target())
          .contains(words);
      for (String process : List.of("api", "worker")) {
        Eventually.within(
            SOON,
            "the log of the " + process + " says what to set",
            () ->
                world
                    .log(process)
                    .lines()
                    .filter(line -> line.contains("cannot be used"))
                    .anyMatch(line -> List.of(words).stream().allMatch(line::contains)));
      }
      assertThat(TenantFacts.of(tenant)).isEqualTo(before);
      assertThat(TenantFacts.processIds(tenant, world.sandbox().services())).isEqualTo(processes);
      assertThat(TenantFacts.isHealthy(tenant)).isTrue();
    }
  }
}
