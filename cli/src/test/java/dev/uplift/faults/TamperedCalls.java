package dev.uplift.faults;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uplift.scenario.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Has system calls of a process that runs answer otherwise than the kernel would, until closed. */
final class TamperedCalls implements AutoCloseable {
  private static final Duration ATTACHED_WITHIN = Duration.ofSeconds(20);
  private final Process strace;
  private final Path told;

  private TamperedCalls(Process strace, Path told) {
    this.strace = strace;
    this.told = told;
  }

  /**
   * Skips the case where nobody may trace.
   *
   * @param options of strace
   */
  static TamperedCalls of(long pid, String... options) throws Exception {
    Path told = Files.createTempFile("strace", ".log");
    List<String> words = new ArrayList<>(List.of("strace", "-f", "-o", "/dev/null"));
    words.addAll(List.of(options));
    words.addAll(List.of("-p", Long.toString(pid)));
    TamperedCalls tampered;
    try {
      tampered =
          new TamperedCalls(new ProcessBuilder(words).redirectError(told.toFile()).start(), told);
    } catch (IOException notInstalled) {
      Files.delete(told);
      assumeTrue(false, "strace is installed");
      throw notInstalled;
    }
    try {
      Eventually.within(
          ATTACHED_WITHIN,
          "it is traced",
          () -> Files.readString(told).contains("attached") || !tampered.strace.isAlive());
      assumeTrue(tampered.strace.isAlive(), "processes can be traced: " + Files.readString(told));
      return tampered;
    } catch (Exception | Error e) {
      tampered.close();
      throw e;
    }
  }

  /** The process goes on as if nothing had been. */
  @Override
  public void close() throws IOException, InterruptedException {
    strace.destroy();
    if (!strace.waitFor(20, TimeUnit.SECONDS)) {
      strace.destroyForcibly().waitFor();
    }
    Files.deleteIfExists(told);
  }
}
