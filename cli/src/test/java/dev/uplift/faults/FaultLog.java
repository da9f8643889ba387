package dev.uplift.faults;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.opentest4j.TestAbortedException;

/**
 * Runs faults and writes down what came of each, a line of JSON for every run. What the file says
 * of this commit is not run again, so a run that was interrupted goes on where it was.
 */
final class FaultLog {
  /** Where the lines are; a file for each commit, so that nothing is mixed. */
  static final String FILE = "faults.file";

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .registerModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS);

  private static FaultLog ofThisRun;

  private final Path file;
  private final String commit;
  private final Map<String, FaultRun> runs;

  FaultLog(Path file, String commit) throws IOException {
    this.file = file;
    this.commit = commit;
    this.runs = new LinkedHashMap<>();
    for (FaultRun run : read(file)) {
      if (run.commit().equals(commit)) {
        runs.put(run.of().id(), run);
      }
    }
  }

  /** The log of this JVM, under the file that was asked for. */
  static synchronized FaultLog ofThisRun() throws IOException {
    if (ofThisRun == null) {
      String commit = Sources.commit();
      String asked = System.getProperty(FILE);
      Path file =
          asked == null || asked.isEmpty()
              ? Path.of("target", "faults", commit + ".jsonl")
              : Path.of(asked);
      ofThisRun = new FaultLog(file, commit);
    }
    return ofThisRun;
  }

  static synchronized boolean isUsed() {
    return ofThisRun != null;
  }

  /** The runs that a file holds; a last line that was cut off does not count. */
  static List<FaultRun> read(Path file) throws IOException {
    List<FaultRun> runs = new ArrayList<>();
    if (Files.exists(file)) {
      String text = Files.readString(file);
      for (String line : text.substring(0, text.lastIndexOf('\n') + 1).split("\n")) {
        if (!line.isBlank()) {
          runs.add(JSON.readValue(line, FaultRun.class));
        }
      }
    }
    return runs;
  }

  /** Runs a case, unless it ended as expected before. */
  void run(FaultCase fault, FaultCase.Body body) throws Exception {
    FaultRun earlier = earlier(fault);
    if (earlier != null) {
      print(earlier, "earlier");
      return;
    }
    long begin = System.nanoTime();
    try {
      String seen = body.inject();
      if (!FaultMatrix.isAsExpected(fault.expected(), seen)) {
        throw new AssertionError(seen);
      }
      record(fault, Verdict.AS_EXPECTED, seen, begin);
    } catch (TestAbortedException cannot) {
      record(fault, Verdict.NOT_RUN, String.valueOf(cannot.getMessage()), begin);
      throw cannot;
    } catch (Exception | Error wrong) {
      record(fault, Verdict.WRONG, String.valueOf(wrong.getMessage()), begin);
      throw wrong;
    }
  }

  private synchronized FaultRun earlier(FaultCase fault) {
    FaultRun run = runs.get(fault.id());
    return run != null && run.verdict() == Verdict.AS_EXPECTED ? run : null;
  }

  private synchronized void record(FaultCase fault, Verdict verdict, String seen, long beginNanos)
      throws IOException {
    long tookMillis = (System.nanoTime() - beginNanos) / 1_000_000;
    FaultRun run = new FaultRun(fault, verdict, seen, tookMillis, commit, Instant.now());
    append(run);
    runs.put(fault.id(), run);
    print(run, "");
  }

  private void append(FaultRun run) throws IOException {
    Path absolute = file.toAbsolutePath();
    Files.createDirectories(absolute.getParent());
    try {
      removeCutOffLine(absolute);
      Files.writeString(
          absolute,
          JSON.writeValueAsString(run) + "\n",
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void removeCutOffLine(Path file) throws IOException {
    if (Files.exists(file)) {
      String text = Files.readString(file);
      if (!text.isEmpty() && !text.endsWith("\n")) {
        Files.writeString(file, text.substring(0, text.lastIndexOf('\n') + 1));
      }
    }
  }

  private static void print(FaultRun run, String remark) {
    FaultCase of = run.of();
    System.out.printf(
        Locale.ROOT,
        "%s | %s | %s | expected: %s | seen: %s | %.1f s | %s%s%n",
        of.place(),
        of.fault(),
        of.injection(),
        of.expected(),
        run.seen().lines().findFirst().orElse(""),
        run.tookMillis() / 1_000.0,
        run.verdict(),
        remark.isEmpty() ? "" : " (" + remark + ")");
  }

  /** What the log holds of this commit, in the order in which it was run. */
  synchronized List<FaultRun> runs() {
    return List.copyOf(runs.values());
  }

  /** One line about all of it. */
  static String summary(List<FaultRun> runs) {
    return "Faults: %d run, %d as expected, %d wrong, %d not run here; %d of them at random times"
        .formatted(
            runs.size(),
            count(runs, Verdict.AS_EXPECTED),
            count(runs, Verdict.WRONG),
            count(runs, Verdict.NOT_RUN),
            runs.stream().filter(run -> run.of().atRandomTime()).count());
  }

  private static long count(List<FaultRun> runs, Verdict verdict) {
    return runs.stream().filter(run -> run.verdict() == verdict).count();
  }
}
