package dev.uplift.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.temporal.api.common.v1.WorkflowExecution;
import io.temporal.client.WorkflowClient;
import io.temporal.worker.WorkerFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A real Temporal server, the program that {@code -Dtemporal} names, to record histories on for
 * {@link Replay}.
 */
public final class RecordingServer implements AutoCloseable {
  private final Process server;
  private final Engine engine;
  private final WorkerFactory workers;

  private RecordingServer(Process server, Engine engine) {
    this.server = server;
    this.engine = engine;
    this.workers = WorkerFactory.newInstance(engine.client());
  }

  public static RecordingServer start(Path directory) throws Exception {
    String temporal = System.getProperty("temporal", "temporal");
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Process server =
        new ProcessBuilder(
                temporal, "server", "start-dev", "--headless", "--port", String.valueOf(port))
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("server.log").toFile())
            .start();
    Engine engine = Engine.at(new EngineAddress("127.0.0.1:" + port, "default", false), "recorder");
    engine.awaitReady();
    return new RecordingServer(server, engine);
  }

  public WorkflowClient client() {
    return engine.client();
  }

  /** To be started by whoever has added workers. */
  public WorkerFactory workers() {
    return workers;
  }

  /** One event a line, without what replaying needs not: where in the code something was thrown. */
  public void write(WorkflowExecution run, Path file) throws IOException {
    String history = client().fetchHistory(run.getWorkflowId(), run.getRunId()).toJson(false);
    List<String> lines = new ArrayList<>();
    for (JsonNode event : new ObjectMapper().readTree(history).get("events")) {
      event
          .findParents("stackTrace")
          .forEach(failure -> ((ObjectNode) failure).remove("stackTrace"));
      lines.add(event.toString());
    }
    Files.createDirectories(file.getParent());
    Files.writeString(file, "{\"events\": [\n" + String.join(",\n", lines) + "\n]}\n");
  }

  @Override
  public void close() {
    workers.shutdownNow();
    engine.close();
    server.destroyForcibly();
  }
}
