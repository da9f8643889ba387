package dev.uplift.sandbox.engine;

import dev.uplift.engine.Engine;
import dev.uplift.engine.EngineAddress;
import dev.uplift.engine.EngineProblem;
import dev.uplift.engine.EngineSecurity;
import dev.uplift.sandbox.postgres.PostgresCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("full")
class ProductionServerIT {
  @TempDir Path directory;

  @Test
  void look() throws Exception {
    TestAuthority authority = new TestAuthority(directory.resolve("ca"));
    TestAuthority other = new TestAuthority(directory.resolve("other"));
    var good = authority.issue("client");
    var server = authority.issue("server");
    var expired = authority.issueExpired("old");
    var foreign = other.issue("foreign");
    EngineSecurity ok =
        new EngineSecurity(authority.caFile(), good.certificate(), good.key(), null, null, false);
    try (PostgresCluster postgres = PostgresCluster.start()) {
      System.out.println("PG up " + System.currentTimeMillis() % 100000);
      ProductionServer prepared =
          ProductionServer.prepare(
              ProductionPrograms.find().orElseThrow(),
              postgres,
              directory.resolve("server"),
              new FrontendTls(server, authority.caFile(), true, null),
              ok);
      System.out.println("prepared " + System.currentTimeMillis() % 100000);
      try (EngineProcess p = prepared.start()) {
        System.out.println("started " + System.currentTimeMillis() % 100000);
        try (Engine e = Engine.at(prepared.address(), "t")) {
          long t = System.nanoTime();
          e.awaitReady();
          System.out.println("ready in " + (System.nanoTime() - t) / 1_000_000);
        }
        Map<String, EngineSecurity> cases = new LinkedHashMap<>();
        cases.put("ok", ok);
        cases.put("plain", EngineSecurity.NONE);
        cases.put(
            "no client cert",
            new EngineSecurity(authority.caFile(), null, null, null, null, false));
        cases.put(
            "wrong ca",
            new EngineSecurity(other.caFile(), good.certificate(), good.key(), null, null, false));
        cases.put(
            "system ca",
            new EngineSecurity(null, good.certificate(), good.key(), null, null, false));
        cases.put(
            "expired",
            new EngineSecurity(
                authority.caFile(), expired.certificate(), expired.key(), null, null, false));
        cases.put(
            "foreign",
            new EngineSecurity(
                authority.caFile(), foreign.certificate(), foreign.key(), null, null, false));
        cases.put(
            "name",
            new EngineSecurity(
                authority.caFile(),
                good.certificate(),
                good.key(),
                "temporal.example.org",
                null,
                false));
        cases.forEach(
            (n, s) -> {
              System.out.println("=== " + n);
              for (int i = 0; i < 2; i++) {
                try (Engine e =
                    Engine.at(
                        new EngineAddress(prepared.address().target(), "default", false, s),
                        "t",
                        Duration.ofSeconds(4))) {
                  long t = System.nanoTime();
                  try {
                    e.client().newUntypedWorkflowStub("x").describe();
                  } catch (RuntimeException f) {
                    for (Throwable c = f; c != null; c = c.getCause()) {
                      System.out.println("   " + c.getClass().getName() + ": " + c.getMessage());
                    }
                    System.out.println("-> " + EngineProblem.of(f));
                  }
                  System.out.println("in " + (System.nanoTime() - t) / 1_000_000);
                  e.look();
                  System.out.println("look: " + e.problem());
                }
              }
            });
      }
    }
  }
}
