package dev.uplift.faults;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uplift.scenario.World.EngineKind;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Workers that are killed at random times of an upgrade and started again. Each upgrade has to end,
 * and its tenant to be what {@link Aftermath} requires.
 */
@Tag("faults")
@Timeout(7_200)
class RandomKillsFaultsIT {
  private static final int KILLS = 20;
  private static final int LANES = 4;

  @TempDir Path directory;

  @TestFactory
  Stream<DynamicTest> onTheDevServer() throws Exception {
    return kills(EngineKind.DEV_SERVER);
  }

  @TestFactory
  Stream<DynamicTest> onTheEmbeddedEngine() throws Exception {
    return kills(EngineKind.EMBEDDED);
  }

  private Stream<DynamicTest> kills(EngineKind kind) throws Exception {
    String engine = kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    return RandomFaults.of(
        engine,
        new FaultCase.Kind("worker on the " + engine.replace('-', ' ') + " killed", Injection.KILL),
        KILLS,
        LANES,
        directory,
        place -> {
          assumeTrue(kind.isAvailable(), "there is no temporal program on this machine");
          return KilledWorker.start(place, kind, FasterStart.environment());
        });
  }
}
