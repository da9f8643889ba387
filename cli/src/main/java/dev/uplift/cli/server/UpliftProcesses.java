package dev.uplift.cli.server;

import dev.uplift.cli.install.Dist;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Starts the API and workers as processes beside this one: same Java, same class path. */
public final class UpliftProcesses {
  private final Path directory;
  private final Path logs;
  private final Path jvmFlags;

  /**
   * @param directory the working directory of the processes, where they also find their settings
   * @param logs receives {@code NAME.log}
   */
  public UpliftProcesses(Path directory, Path logs) {
    this.directory = directory;
    this.logs = logs;
    this.jvmFlags = Dist.running().jvmFlags();
  }

  /**
   * Starts {@code uplift api} or {@code uplift worker}, which ends with this process at the latest.
   *
   * @param options further options of the command
   * @param environment added to ours
   */
  public Child start(
      String command,
      List<String> options,
      Map<String, ?> settings,
      Map<String, String> environment) {
    // In a session of its own: Ctrl-C is for us alone, who then end them in the right order.
    List<String> words = new ArrayList<>(List.of("setsid", java()));
    words.add("@" + jvmFlags.resolve(command));
    words.add("-Duplift.dist=" + jvmFlags.getParent());
    words.addAll(List.of("-cp", System.getProperty("java.class.path")));
    words.addAll(List.of(Dist.PROGRAM, command));
    words.addAll(List.of("--owner", Long.toString(ProcessHandle.current().pid())));
    words.addAll(options);
    settings.forEach((key, value) -> words.addAll(List.of("--set", key + "=" + value)));
    ProcessBuilder builder = new ProcessBuilder(words).directory(directory.toFile());
    builder.environment().putAll(environment);
    try {
      Files.createDirectories(logs);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Child.start(command, builder, logs.resolve(command + ".log"));
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }
}
