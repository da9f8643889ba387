package dev.uplift.cli.server;

import dev.uplift.cli.console.CommandFailure;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process that a command has started, whose output goes to a file. */
public final class Child {
  private static final int TOLD_LINES = 15;
  private static final int TAIL_BYTES = 16 * 1024;

  private final String name;
  private final Process process;
  private final Path log;

  Child(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /**
   * @throws CommandFailure with the end of its log, if it has ended by itself
   */
  public void mustBeAlive() {
    if (!process.isAlive()) {
      throw failure("ended with exit code " + process.exitValue());
    }
  }

  public CommandFailure failure(String what) {
    return new CommandFailure(
        "the " + name + " " + what + ". The end of " + log + ":\n" + String.join("\n", tail()));
  }

  private List<String> tail() {
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      long from = Math.max(0, file.length() - TAIL_BYTES);
      byte[] end = new byte[(int) (file.length() - from)];
      file.seek(from);
      file.readFully(end);
      List<String> lines = new String(end, StandardCharsets.UTF_8).lines().toList();
      return lines.subList(Math.max(0, lines.size() - TOLD_LINES), lines.size());
    } catch (IOException unreadable) {
      return List.of("(unreadable: " + unreadable.getMessage() + ")");
    }
  }

  /** Asks it to end, and kills it when it has not after {@code patience}. */
  public void end(Duration patience) {
    process.destroy();
    try {
      if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException impatient) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  static Child start(String name, ProcessBuilder builder, Path log) {
    try {
      Process process =
          builder
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      return new Child(name, process, log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
