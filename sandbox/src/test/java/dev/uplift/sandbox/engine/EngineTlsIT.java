package dev.uplift.sandbox.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uplift.engine.Engine;
import dev.uplift.engine.EngineAddress;
import dev.uplift.engine.EngineSecurity;
import dev.uplift.sandbox.Eventually;
import dev.uplift.sandbox.LoopbackPorts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A production server that wants certificates, and those who come with the wrong ones. */
@Tag("full")
@Timeout(300)
class EngineTlsIT {
  private static final Duration GIVE_UP_AFTER = Duration.ofSeconds(1);

  @TempDir static Path directory;
  private static TestAuthority authority;
  private static TestAuthority stranger;
  private static TestAuthority.Issued good;
  private static ProductionStack stack;
  private static EngineProcess server;

  @BeforeAll
  static void startServer() {
    assumeTrue(
        ProductionStack.isAvailable(),
        "needs PostgreSQL and the programs of a Temporal cluster, see .ci/run");
    Path files = directory.resolve("stack");
    authority = new TestAuthority(ProductionStack.secretsIn(files));
    stranger = new TestAuthority(directory.resolve("stranger"));
    good = authority.issue("client");
    stack = new ProductionStack(files, Path.of("..", "deploy"), null);
    server = stack.startServer(mutualTls(good));
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
  void whoShowsACertificateOfTheAuthorityIsLetIn() throws Exception {
    try (Engine engine = connect(mutualTls(good))) {
      engine.awaitReady();

      assertThat(engine.problem()).isEmpty();
    }
  }

  @Test
  void whoDoesNotSpeakTlsIsToldToDoSo() {
    assertThat(problem(EngineSecurity.NONE)).contains("wants TLS", "uplift.engine.tls.ca-file");
  }

  @Test
  void whoHasNoCertificateIsToldThatOneIsWanted() {
    assertThat(problem(new EngineSecurity(authority.caFile(), null, null, null, null, false)))
        .contains("wants a certificate of ours", "uplift.engine.tls.cert-file");
  }

  @Test
  void whoTrustsAnotherAuthorityIsToldSo() {
    EngineSecurity otherAuthority =
        new EngineSecurity(stranger.caFile(), good.certificate(), good.key(), null, null, false);
    EngineSecurity thoseOfJava =
        new EngineSecurity(null, good.certificate(), good.key(), null, null, false);

    assertThat(problem(otherAuthority)).contains("not trusted", "uplift.engine.tls.ca-file");
    assertThat(problem(thoseOfJava)).contains("not trusted", "uplift.engine.tls.ca-file");
  }

  @Test
  void aCertificateOfAnotherAuthorityIsToldByItsFile() {
    TestAuthority.Issued foreign = stranger.issue("foreign");

    assertThat(problem(mutualTls(foreign)))
        .contains("does not accept our certificate", foreign.certificate().toString());
  }

  @Test
  void anotherNameThanThatInTheCertificateIsTold() {
    EngineSecurity otherName =
        new EngineSecurity(
            authority.caFile(),
            good.certificate(),
            good.key(),
            "temporal.example.org",
            null,
            false);

    assertThat(problem(otherName))
        .contains("temporal.example.org", "uplift.engine.tls.server-name");
  }

  @Test
  void anExpiredCertificateIsToldAndItsSuccessorUsedWithoutARestart() throws Exception {
    TestAuthority.Issued expired = authority.issueExpired("old");
    try (Engine engine = connect(mutualTls(expired))) {
      engine.look();
      assertThat(engine.problem().orElseThrow())
          .contains("our certificate has expired", expired.certificate().toString());

      Files.copy(good.key(), expired.key(), StandardCopyOption.REPLACE_EXISTING);
      Files.copy(good.certificate(), expired.certificate(), StandardCopyOption.REPLACE_EXISTING);

      Eventually.holds(
          () -> {
            engine.look();
            return engine.problem().isEmpty();
          });
    }
  }

  @Test
  void anEngineThatDoesNotSpeakTlsIsToldFromOneThatDoes() {
    int port = LoopbackPorts.free(1).get(0);
    try (EngineProcess plain = EmbeddedEngine.start(port, directory.resolve("plain.log"))) {
      EngineAddress address =
          new EngineAddress(plain.address().target(), "default", true, mutualTls(good));

      assertThat(problem(address)).contains("does not speak TLS", "uplift.engine.tls");
    }
  }

  @Test
  void aNamespaceThatIsNotThereIsToldWithHowToMakeIt() {
    assertThat(problem(new EngineAddress(target(), "nowhere", false, mutualTls(good))))
        .contains("Namespace nowhere", "temporal operator namespace create");
  }

  @Test
  void theTablesAndTheNamespaceAreMadeOnceHoweverOftenTheScriptsRun() throws Exception {
    assumeTrue(TemporalBinary.ofThisMachine().find().isPresent(), "needs the temporal program");
    stack.run("schema.sh");
    stack.run("namespace.sh");
    stack.run("namespace.sh");

    EngineAddress made = new EngineAddress(target(), "made-by-script", false, mutualTls(good));
    try (Engine engine = Engine.at(made, "test", GIVE_UP_AFTER)) {
      engine.awaitReady();
      assertThat(engine.problem()).isEmpty();
    }
  }

  private static String problem(EngineSecurity security) {
    return problem(new EngineAddress(target(), "default", false, security));
  }

  private static String problem(EngineAddress address) {
    try (Engine engine = Engine.at(address, "test", GIVE_UP_AFTER)) {
      engine.look();
      return engine.problem().orElseThrow();
    }
  }

  private static Engine connect(EngineSecurity security) {
    return Engine.at(
        new EngineAddress(target(), "default", false, security), "test", GIVE_UP_AFTER);
  }

  private static String target() {
    return server.address().target();
  }

  private static EngineSecurity mutualTls(TestAuthority.Issued ours) {
    return new EngineSecurity(
        authority.caFile(), ours.certificate(), ours.key(), null, null, false);
  }
}
