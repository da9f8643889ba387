package dev.uplift.sandbox.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uplift.engine.Engine;
import dev.uplift.sandbox.Eventually;
import dev.uplift.sandbox.LoopbackPorts;
import dev.uplift.sandbox.SandboxException;
import io.temporal.api.operatorservice.v1.ListSearchAttributesRequest;
import io.temporal.serviceclient.OperatorServiceStubs;
import io.temporal.serviceclient.OperatorServiceStubsOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineProcessTest {
  private static final String LOOPBACK = "0100007F";
  private static final String IPV6_FORM_OF_IPV4 = "0000000000000000FFFF0000";

  /** A JVM, which starts a dev server and another JVM. */
  private static final Duration BOTH_START_WITHIN = Duration.ofSeconds(90);

  @TempDir Path temporary;

  @Test
  void theEmbeddedEngineAnswersOnLoopbackOnlyAndEnds() throws Exception {
    int port = LoopbackPorts.free(1).get(0);
    long pid;
    try (EngineProcess engine = EmbeddedEngine.start(port, temporary.resolve("engine.log"))) {
      pid = engine.pid();
      assertThat(engine.address().embedded()).isTrue();
      assertThat(engine.ui()).isEmpty();
      acceptsSearchAttributes(engine);
      assertThat(listeners(port)).containsExactly(LOOPBACK);
    }
    assertThat(ProcessHandle.of(pid)).isEmpty();
  }

  @Test
  void theDevServerKeepsWhatItKnewWhenItIsKilled() throws Exception {
    List<Integer> ports = LoopbackPorts.free(2);
    DevServer server =
        new DevServer(
            temporalBinary(),
            ports.get(0),
            ports.get(1),
            temporary.resolve("engine.db"),
            null,
            temporary.resolve("engine.log"));
    try (EngineProcess engine = server.start()) {
      assertThat(engine.address().embedded()).isFalse();
      acceptsSearchAttributes(engine);
      assertThat(listeners(ports.get(0))).containsExactly(LOOPBACK);
      assertThat(engine.ui())
          .hasValueSatisfying(ui -> Eventually.holds(() -> canConnect(ui.getPort())));
      engine.kill();
      assertThat(engine.isAlive()).isFalse();
    }
    try (EngineProcess again = server.start()) {
      assertThat(searchAttributes(again)).contains("UpliftTenant", "UpliftOutcome");
    }
    assertThat(canConnect(ports.get(0))).isFalse();
  }

  @Test
  void anEngineThatCannotStartSaysWhy() throws Exception {
    assertThatThrownBy(
            () -> EmbeddedEngine.start(1, temporary.resolve("engine.log"), List.of("-version")))
        .isInstanceOf(SandboxException.class)
        .hasMessageContaining("ended with 0")
        .hasMessageContaining("Runtime Environment");
  }

  @Test
  void enginesEndWhenTheirStarterIsKilled() throws Exception {
    List<Integer> ports = LoopbackPorts.free(2);
    Process starter =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                StartsEngines.class.getName(),
                temporalBinary().toString(),
                ports.get(0).toString(),
                ports.get(1).toString(),
                temporary.toString())
            .redirectOutput(temporary.resolve("starter.log").toFile())
            .redirectError(temporary.resolve("starter.err").toFile())
            .start();
    try {
      Eventually.holds(BOTH_START_WITHIN, () -> pids().size() == 2 || !starter.isAlive());
      List<Long> pids = pids();
      assertThat(pids).hasSize(2).allMatch(pid -> ProcessHandle.of(pid).isPresent());
      starter.destroyForcibly();
      Eventually.holds(() -> pids.stream().map(ProcessHandle::of).noneMatch(Optional::isPresent));
    } finally {
      starter.destroyForcibly();
      pids().forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
    }
  }

  /** Starts both engines, tells their process ids, and waits to be killed. */
  static final class StartsEngines {
    public static void main(String... args) throws Exception {
      Path directory = Path.of(args[3]);
      EngineProcess devServer =
          new DevServer(
                  Path.of(args[0]),
                  Integer.parseInt(args[1]),
                  null,
                  null,
                  null,
                  directory.resolve("dev.log"))
              .start();
      EngineProcess embedded =
          EmbeddedEngine.start(Integer.parseInt(args[2]), directory.resolve("embedded.log"));
      System.out.println(devServer.pid() + " " + embedded.pid());
      System.in.read();
    }
  }

  private List<Long> pids() {
    try {
      String said = Files.readString(temporary.resolve("starter.log"));
      return said.endsWith("\n")
          ? List.of(said.strip().split(" ")).stream().map(Long::valueOf).toList()
          : List.of();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Path temporalBinary() {
    Optional<Path> binary = TemporalBinary.ofThisMachine().find();
    assumeTrue(binary.isPresent(), "there is no temporal program on this machine");
    return binary.get();
  }

  private static void acceptsSearchAttributes(EngineProcess process) throws InterruptedException {
    try (Engine engine = Engine.at(process.address(), "test")) {
      engine.awaitReady();
      // A second time they are there already, which has to be fine too.
      engine.awaitReady();
    }
  }

  private static Iterable<String> searchAttributes(EngineProcess process) {
    OperatorServiceStubs operator =
        OperatorServiceStubs.newServiceStubs(
            OperatorServiceStubsOptions.newBuilder()
                .setTarget(process.address().target())
                .validateAndBuildWithDefaults());
    try {
      return operator
          .blockingStub()
          .listSearchAttributes(
              ListSearchAttributesRequest.newBuilder().setNamespace("default").build())
          .getCustomAttributesMap()
          .keySet();
    } finally {
      operator.shutdownNow();
    }
  }

  private static boolean canConnect(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
      return true;
    } catch (IOException refused) {
      return false;
    }
  }

  /** The addresses on which somebody listens at this port, as the kernel writes them. */
  private static List<String> listeners(int port) throws IOException {
    String suffix = ":%04X".formatted(port);
    List<String> lines = new ArrayList<>(Files.readAllLines(Path.of("/proc/net/tcp")));
    if (Files.exists(Path.of("/proc/net/tcp6"))) {
      lines.addAll(Files.readAllLines(Path.of("/proc/net/tcp6")));
    }
    return lines.stream()
        .map(line -> line.strip().split("\\s+"))
        .filter(columns -> columns[1].endsWith(suffix) && columns[3].equals("0A"))
        .map(columns -> columns[1].substring(0, columns[1].indexOf(':')))
        .map(address -> address.replace(IPV6_FORM_OF_IPV4, ""))
        .toList();
  }
}
