package dev.uplift.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.opentest4j.TestAbortedException;

/**
 * Blows at random times, in several lanes that share this machine and nothing else: what one of
 * them waits for, a heartbeat that does not come for instance, is time for the others.
 */
final class RandomFaults {
  /** How many on each engine. */
  static final String COUNT = "faults.random";

  /** The seed of the first; each has the next one. Without it they are made of the commit. */
  static final String SEED = "faults.seed";

  /** {@code dev-server}, {@code embedded} or {@code power-cut}; all without it. */
  static final String ENGINE = "faults.engine";

  static final String LANES = "faults.lanes";

  private static final Duration LANE_ENDS_WITHIN = Duration.ofMinutes(5);

  private static final String EXPECTED = "rejected, rolled_back or success";

  /** What a lane strikes, with all that was started for it. */
  interface Struck extends AutoCloseable {
    Victim victim();

    @Override
    void close();
  }

  /** Makes what a lane strikes. */
  interface Maker {
    /**
     * @param directory which is empty, and the lane's own
     */
    Struck make(Path directory) throws Exception;
  }

  private record Blow(FaultCase fault, CompletableFuture<Void> outcome) {}

  private final Maker maker;
  private final Path directory;
  private final FaultLog log;
  private final Queue<Blow> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicInteger made = new AtomicInteger();

  private RandomFaults(Path directory, Maker maker) throws IOException {
    this.directory = directory;
    this.maker = maker;
    this.log = FaultLog.ofThisRun();
  }

  /**
   * The tests of as many blows as were asked for; none if another engine was.
   *
   * @param usual how many there are if nobody says
   * @param mostLanes at once; fewer if somebody says so
   */
  static Stream<DynamicTest> of(
      String engine, FaultCase.Kind kind, int usual, int mostLanes, Path directory, Maker maker)
      throws IOException {
    String asked = System.getProperty(ENGINE, "");
    if (!asked.isEmpty() && !asked.equals(engine)) {
      return Stream.of();
    }
    int count = Integer.getInteger(COUNT, usual);
    long first = Long.getLong(SEED, seedOf(Sources.commit()));
    System.out.println(kind.what() + ": " + count + " at random times, with seeds from " + first);
    RandomFaults faults = new RandomFaults(directory, maker);
    List<DynamicTest> tests = new ArrayList<>();
    for (long seed = first; seed < first + count; seed++) {
      Blow blow = new Blow(kind.atRandom(EXPECTED, seed), new CompletableFuture<>());
      faults.waiting.add(blow);
      tests.add(DynamicTest.dynamicTest(blow.fault().id(), () -> await(blow)));
    }
    int lanes = Math.min(Integer.getInteger(LANES, mostLanes), mostLanes);
    ExecutorService pool = Executors.newFixedThreadPool(lanes);
    for (int lane = 0; lane < lanes; lane++) {
      pool.execute(faults::work);
    }
    return tests.stream().onClose(() -> end(pool));
  }

  /** What the lanes started is gone when it returns, and so are their mounts. */
  private static void end(ExecutorService pool) {
    pool.shutdown();
    try {
      if (!pool.awaitTermination(LANE_ENDS_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException("a lane does not end");
      }
    } catch (InterruptedException e) {
      pool.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  /** So a run of the same commit that was interrupted goes on with the blows that are left. */
  private static long seedOf(String commit) {
    return Integer.toUnsignedLong(commit.hashCode());
  }

  private static void await(Blow blow) throws Exception {
    try {
      blow.outcome().get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw (Exception) e.getCause();
    }
  }

  private void work() {
    Lane lane = new Lane();
    try {
      for (Blow blow = waiting.poll(); blow != null; blow = waiting.poll()) {
        lane.strike(blow);
      }
    } finally {
      lane.close();
    }
  }

  /** What it strikes is made when there is something to do, and anew after a promise was broken. */
  private final class Lane implements AutoCloseable {
    private Path place;
    private Struck struck;

    void strike(Blow blow) {
      try {
        log.run(blow.fault(), () -> strike(RandomKill.of(blow.fault().seed())));
        blow.outcome().complete(null);
      } catch (TestAbortedException cannot) {
        blow.outcome().completeExceptionally(cannot);
      } catch (Exception | Error wrong) {
        close();
        keepEvidence(blow.fault());
        blow.outcome().completeExceptionally(wrong);
      }
    }

    private String strike(RandomKill kill) throws Exception {
      if (struck == null) {
        place = Files.createDirectories(directory.resolve("lane-" + made.incrementAndGet()));
        struck = maker.make(place);
      }
      return struck.victim().strike(kill);
    }

    private void keepEvidence(FaultCase fault) {
      try {
        Path kept = Files.createDirectories(Path.of("target", "faults", "seed-" + fault.seed()));
        Shell.run("cp", "-a", place + "/.", kept.toString());
      } catch (IOException | InterruptedException e) {
        System.out.println("nothing was kept of " + fault.id() + ": " + e);
      }
    }

    @Override
    public void close() {
      if (struck != null) {
        struck.close();
        struck = null;
      }
    }
  }
}
