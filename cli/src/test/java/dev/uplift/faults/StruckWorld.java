package dev.uplift.faults;

import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.World;
import dev.uplift.scenario.World.EngineKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A world that is struck, with all that is its own. */
final class StruckWorld implements RandomFaults.Struck {
  private final World world;
  private Blow blow;
  private Victim victim;

  private StruckWorld(World world) {
    this.world = world;
  }

  /** Makes the blow that is to fall on a world. */
  interface BlowOf {
    Blow on(World world) throws Exception;
  }

  static StruckWorld start(Path directory, EngineKind kind, BlowOf blow) throws Exception {
    StruckWorld struck =
        new StruckWorld(World.start(directory, kind, sandbox -> sandbox.tenants(2).rows(200)));
    try {
      struck.prepare(directory.resolve("templates"), blow);
      return struck;
    } catch (Exception | AssertionError e) {
      struck.close();
      throw e;
    }
  }

  private void prepare(Path templates, BlowOf blowOf) throws Exception {
    RandomKill.Release.addAllTo(world.sandbox().upstream());
    List<TenantTemplate> tenants = new ArrayList<>();
    for (SandboxTenant tenant : world.sandbox().tenants()) {
      tenants.add(TenantTemplate.of(world.sandbox().services(), tenant, templates));
    }
    blow = blowOf.on(world);
    victim = Victim.of(Machine.of(world), tenants, blow).measured();
  }

  /**
   * A worker that is killed and started again.
   *
   * @param environment of each worker after the first
   */
  static Blow killed(World world, Map<String, String> environment) {
    return new Blow() {
      @Override
      public void fall() throws InterruptedException {
        world.killWorker();
      }

      @Override
      public void recover() throws IOException {
        world.startWorker(Map.of(), environment);
      }
    };
  }

  @Override
  public Victim victim() {
    return victim;
  }

  @Override
  public void close() {
    try {
      world.close();
    } finally {
      if (blow != null) {
        blow.close();
      }
    }
  }
}
