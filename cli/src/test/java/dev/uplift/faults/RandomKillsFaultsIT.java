package dev.uplift.faults;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uplift.scenario.FasterStart;
import dev.uplift.scenario.World.EngineKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
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
  private static final int CUTS = 5;
  private static final int LANES = 4;
  private static final int HOSTS = 2;

  @TempDir Path directory;

  @TestFactory
  Stream<DynamicTest> onTheDevServer() throws Exception {
    return kills(EngineKind.DEV_SERVER);
  }

  @TestFactory
  Stream<DynamicTest> onTheEmbeddedEngine() throws Exception {
    return kills(EngineKind.EMBEDDED);
  }

  /** The power of the tenants' disk is cut: what was not synced is gone. */
  @TestFactory
  Stream<DynamicTest> onALossyDisk() throws Exception {
    return RandomFaults.of(
        "disk",
        new FaultCase.Kind("disk with tenants and state cut off", Injection.POWER_CUT),
        CUTS,
        LANES,
        directory,
        place -> {
          assumeTrue(EngineKind.DEV_SERVER.isAvailable(), "there is no temporal program here");
          Map<String, String> environment = fasterStart();
          return StruckWorld.start(
              place,
              EngineKind.DEV_SERVER,
              world -> LossyDisk.under(world, environment, place.resolve("disks")));
        });
  }

  /** The power of the tenants' host is cut, and the host boots again. */
  @TestFactory
  Stream<DynamicTest> onAHostThatIsCutOff() throws Exception {
    return RandomFaults.of(
        "power-cut",
        new FaultCase.Kind("host cut off and booted again", Injection.POWER_CUT),
        CUTS,
        HOSTS,
        directory,
        CutHost::start);
  }

  /** The environment of a worker that starts so. */
  private static Map<String, String> fasterStart() throws IOException {
    return Map.of("JDK_JAVA_OPTIONS", String.join(" ", FasterStart.options("worker")));
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
          Map<String, String> environment = fasterStart();
          return StruckWorld.start(place, kind, world -> StruckWorld.killed(world, environment));
        });
  }
}
