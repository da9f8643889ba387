package dev.uplift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The script {@code ./uplift} as a process, with a directory of its own for all it keeps. */
public final class LauncherProcess implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration END = Duration.ofSeconds(60);

  private final Path home;
  private final Path out;
  private final Path err;
  private final Process process;

  private LauncherProcess(Path home, Path out, Path err, Process process) {
    this.home = home;
    this.out = out;
    this.err = err;
    this.process = process;
  }

  /**
   * @param home instead of the clone; every process of the command knows this path
   */
  public static LauncherProcess start(Path home, String... arguments) throws IOException {
    return start(home, Map.of(), arguments);
  }

  /**
   * @param environment added to ours
   */
  public static LauncherProcess start(
      Path home, Map<String, String> environment, String... arguments) throws IOException {
    Path clone = Path.of("").toAbsolutePath().getParent();
    List<String> words = new ArrayList<>(List.of(clone.resolve("uplift").toString()));
    words.addAll(List.of(arguments));
    Path out = Files.createTempFile("uplift", ".out");
    Path err = Files.createTempFile("uplift", ".err");
    ProcessBuilder builder =
        new ProcessBuilder(words).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put("UPLIFT_HOME", home.toString());
    builder.environment().putAll(environment);
    return new LauncherProcess(home, out, err, builder.start());
  }

  public String out() {
    return read(out);
  }

  public String err() {
    return read(err);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int exitCode(Duration patience) throws InterruptedException {
    assertThat(process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS))
        .as("ended within %s; it says: %s", patience, err())
        .isTrue();
    return process.exitValue();
  }

  public void awaitErr(String text, Duration patience) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!err().contains(text)) {
      assertThat(process.isAlive()).as("still runs; it says: %s", err()).isTrue();
      assertThat(System.nanoTime()).as("in time; it says: %s", err()).isLessThan(deadline);
      Thread.sleep(POLL.toMillis());
    }
  }

  /** As a service manager does; Ctrl-C has the same effect. */
  public void terminate() {
    process.destroy();
  }

  /** What still runs of the command and of all that it has started, as command lines. */
  public List<String> processes() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc"))) {
      return all.filter(entry -> entry.getFileName().toString().matches("[0-9]+"))
          .filter(this::knowsHome)
          .map(entry -> entry.getFileName() + " " + contents(entry.resolve("cmdline")))
          .toList();
    }
  }

  // Tenants' services see little of our environment, but they run below the directory.
  private boolean knowsHome(Path entry) {
    Predicate<String> mentions = text -> text.contains(home.toString());
    return mentions.test(contents(entry.resolve("cmdline")))
        || mentions.test(contents(entry.resolve("environ")))
        || mentions.test(workingDirectory(entry));
  }

  private static String contents(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1).replace('\0', ' ');
    } catch (IOException gone) {
      return "";
    }
  }

  private static String workingDirectory(Path entry) {
    try {
      return Files.readSymbolicLink(entry.resolve("cwd")).toString();
    } catch (IOException gone) {
      return "";
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    process.destroy();
    if (!process.waitFor(END.toMillis(), TimeUnit.MILLISECONDS)) {
      process.destroyForcibly().waitFor();
    }
    Files.delete(out);
    Files.delete(err);
  }
}
