package dev.uplift.sandbox.engine;

import dev.uplift.engine.Engine;
import dev.uplift.engine.EngineAddress;
import dev.uplift.sandbox.SandboxException;
import io.grpc.StatusRuntimeException;
import io.temporal.api.workflowservice.v1.DescribeNamespaceRequest;
import io.temporal.serviceclient.WorkflowServiceStubs;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * An engine that runs as a child of this process, and ends when this one does, however it ends: the
 * child, or a watcher of it, notices that the pipe to its standard input was closed.
 */
public final class EngineProcess implements AutoCloseable {
  static final String NAMESPACE = "default";
  private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(60);
  private static final Duration ANSWER_PATIENCE = Duration.ofSeconds(1);
  private static final Duration ASK_PAUSE = Duration.ofMillis(50);
  private static final Duration END_PATIENCE = Duration.ofSeconds(5);
  private static final int SHOWN_LOG_LINES = 10;

  private final String name;
  private final Process process;
  private final EngineAddress address;
  private final URI ui;
  private final Path log;

  private EngineProcess(String name, Process process, EngineAddress address, URI ui, Path log) {
    this.name = name;
    this.process = process;
    this.address = address;
    this.ui = ui;
    this.log = log;
  }

  /**
   * Starts an engine and returns when it answers.
   *
   * @param words the command; its standard input must be what it lives by
   * @param ui null for none
   * @param log receives what it prints
   */
  static EngineProcess start(
      String name, List<String> words, int port, boolean embedded, URI ui, Path log) {
    EngineAddress address = new EngineAddress("127.0.0.1:" + port, NAMESPACE, embedded);
    return start(name, words, address, ui, log, EngineProcess::hasNamespace);
  }

  /**
   * @param ready whether the engine at the other end of a connection is
   */
  static EngineProcess start(
      String name,
      List<String> words,
      EngineAddress address,
      URI ui,
      Path log,
      Predicate<WorkflowServiceStubs> ready) {
    // In a session of its own: Ctrl-C in a terminal is for whoever started it, who ends it last.
    List<String> inSession = new ArrayList<>(List.of("setsid"));
    inSession.addAll(words);
    ProcessBuilder builder =
        new ProcessBuilder(inSession)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new SandboxException(words.get(0) + " cannot be run: " + e.getMessage(), e);
    }
    EngineProcess engine = new EngineProcess(name, process, address, ui, log);
    boolean answers = false;
    try {
      engine.awaitAnswer(ready);
      answers = true;
      return engine;
    } finally {
      if (!answers) {
        engine.kill();
      }
    }
  }

  public EngineAddress address() {
    return address;
  }

  /** The Temporal UI; the embedded engine has none. */
  public Optional<URI> ui() {
    return Optional.ofNullable(ui);
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  private void awaitAnswer(Predicate<WorkflowServiceStubs> ready) {
    try (Engine connection = Engine.at(address, "sandbox", ANSWER_PATIENCE)) {
      WorkflowServiceStubs service = connection.client().getWorkflowServiceStubs();
      long deadline = System.nanoTime() + ANSWERS_WITHIN.toNanos();
      while (!ready.test(service)) {
        if (!process.isAlive()) {
          throw new SandboxException(
              "%s ended with %d: %s".formatted(name, process.exitValue(), endOfLog()));
        }
        if (System.nanoTime() > deadline) {
          throw new SandboxException(
              "%s does not answer at %s: %s".formatted(name, address.target(), endOfLog()));
        }
        Thread.sleep(ASK_PAUSE.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException("interrupted while " + name + " started", e);
    }
  }

  // The dev server answers before its namespace exists, and clients fail until it does.
  private static boolean hasNamespace(WorkflowServiceStubs service) {
    try {
      service
          .blockingStub()
          .withDeadlineAfter(ANSWER_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
          .describeNamespace(DescribeNamespaceRequest.newBuilder().setNamespace(NAMESPACE).build());
      return true;
    } catch (StatusRuntimeException notYet) {
      return false;
    }
  }

  private String endOfLog() {
    try {
      List<String> lines = Files.readAllLines(log);
      return String.join(
          "\n", lines.subList(Math.max(0, lines.size() - SHOWN_LOG_LINES), lines.size()));
    } catch (IOException unreadable) {
      return "see " + log;
    }
  }

  /** Ends it as a crash would. */
  public void kill() {
    process.destroyForcibly();
    awaitEnd(END_PATIENCE);
  }

  /** Asks it to end, and insists. */
  @Override
  public void close() {
    process.destroy();
    if (!awaitEnd(END_PATIENCE)) {
      kill();
    }
  }

  private boolean awaitEnd(Duration patience) {
    try {
      return process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
