package dev.uplift.sandbox.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uplift.engine.Engine;
import dev.uplift.engine.EngineAddress;
import dev.uplift.engine.EngineSecurity;
import dev.uplift.sandbox.Eventually;
import io.temporal.client.WorkflowNotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A production server that wants a token with each call. In order: the search attributes that an
 * administrator adds are there for the next.
 */
@Tag("full")
@Timeout(300)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class EngineApiKeyIT {
  private static final Duration GIVE_UP_AFTER = Duration.ofSeconds(1);
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir static Path directory;
  private static TokenIssuer tokens;
  private static ProductionStack stack;
  private static EngineProcess server;

  @BeforeAll
  static void startServer() throws Exception {
    assumeTrue(
        ProductionStack.isAvailable(),
        "needs PostgreSQL and the programs of a Temporal cluster, see .ci/run");
    tokens = new TokenIssuer();
    stack =
        new ProductionStack(
            directory.resolve("stack"),
            Path.of("..", "deploy"),
            tokens.writeKeys(directory.resolve("keys.json")));
    server = stack.startServer(security(key("admin.key", "temporal-system:admin")));
  }

  @AfterAll
  static void stopServer() {
    if (server != null) {
      server.close();
    }
    if (stack != null) {
      stack.close();
    }
  }

  @Test
  @Order(1)
  void whoMayOnlyWriteIsToldWhatAnAdministratorHasToAdd() throws Exception {
    try (Engine engine = connect(key("writer.key", "default:write"))) {
      Thread waiting = new Thread(() -> awaitReady(engine));
      waiting.start();
      try {
        Eventually.holds(() -> engine.problem().orElse("").contains("lacks search attributes"));
        assertThat(engine.problem().orElseThrow())
            .contains(
                "temporal operator search-attribute create --namespace default",
                "--name UpliftTenant --type Keyword",
                "--name UpliftRelease --type Keyword");

        try (Engine ofAdministrator = connect(key("admin.key", "default:admin"))) {
          ofAdministrator.awaitReady();
        }

        waiting.join(SOON.toMillis());
        assertThat(waiting.isAlive()).isFalse();
        assertThat(engine.problem()).isEmpty();
      } finally {
        waiting.interrupt();
      }
    }
  }

  @Test
  @Order(2)
  void aKeyThatIsReplacedIsUsedWithTheNextCall() throws Exception {
    Path file = key("rotated.key", "elsewhere:write");
    try (Engine engine = connect(file)) {
      engine.look();
      assertThat(engine.problem().orElseThrow())
          .contains("refuses us", "uplift.engine.api-key-file");

      Files.writeString(file, tokens.token("default:write"));
      engine.look();
      assertThat(engine.problem()).isEmpty();
      assertThatThrownBy(() -> engine.client().newUntypedWorkflowStub("none").describe())
          .isInstanceOf(WorkflowNotFoundException.class);

      Files.delete(file);
      engine.look();
      assertThat(engine.problem()).as("with the key that was read last").isEmpty();
    }
  }

  @Test
  @Order(3)
  void aKeyOfSomebodyElseIsRefused() throws Exception {
    Path file = key("foreign.key", new TokenIssuer(), "default:write");
    try (Engine engine = connect(file)) {
      engine.look();

      assertThat(engine.problem().orElseThrow())
          .contains("refuses us", "uplift.engine.api-key-file")
          .doesNotContain(Files.readString(file));
    }
  }

  private static void awaitReady(Engine engine) {
    try {
      engine.awaitReady();
    } catch (InterruptedException over) {
      Thread.currentThread().interrupt();
    }
  }

  private static Path key(String name, String permission) throws Exception {
    return key(name, tokens, permission);
  }

  private static Path key(String name, TokenIssuer issuer, String permission) throws Exception {
    Path file = Files.writeString(directory.resolve(name), issuer.token(permission) + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private static Engine connect(Path keyFile) {
    return Engine.at(
        new EngineAddress(server.address().target(), "default", false, security(keyFile)),
        "test",
        GIVE_UP_AFTER);
  }

  private static EngineSecurity security(Path keyFile) {
    return new EngineSecurity(stack.mutualTls().caFile(), null, null, null, keyFile, false);
  }
}
