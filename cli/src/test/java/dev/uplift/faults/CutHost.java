package dev.uplift.faults;

import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.Eventually;
import dev.uplift.scenario.SystemdWorld;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A host with a systemd of its own, whose power is cut: every process is gone at once. It boots
 * again, its units come up as far as they may, and its worker is started.
 */
final class CutHost implements RandomFaults.Struck, Blow {
  private static final List<String> TENANTS = List.of("acme", "globex");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final SystemdWorld world;
  private Victim victim;

  private CutHost(SystemdWorld world) {
    this.world = world;
  }

  /** Skips the test where no test hosts can be had. */
  static CutHost start(Path directory) throws Exception {
    CutHost host = new CutHost(SystemdWorld.start(directory, TENANTS));
    try {
      host.prepareTenants();
      return host;
    } catch (Exception | AssertionError e) {
      host.close();
      throw e;
    }
  }

  private void prepareTenants() throws Exception {
    RandomKill.Release.addAllTo(world.upstream());
    TENANTS.forEach(this::openWay);
    world.mustScript("systemctl daemon-reload; mkdir /srv/templates");
    for (String tenant : TENANTS) {
      world.mustScript(
          """
          systemctl stop %1$s-api %1$s-frontend
          cp -a /srv/%1$s /srv/templates/
          systemctl start %1$s-api %1$s-frontend
          systemctl enable --now way-%1$s.socket
          install -o ops /dev/null /srv/%1$s.told
          install -o ops /dev/null /srv/%1$s.alone
          """
              .formatted(tenant));
    }
    victim =
        Victim.of(new SystemdMachine(world), TENANTS.stream().map(this::struck).toList(), this)
            .measured();
  }

  /** Users are outside; the tenants listen on loopback. */
  private void openWay(String tenant) {
    int port = world.portOf(tenant);
    String units = "/etc/systemd/system/way-" + tenant;
    world
        .host()
        .write(
            units + ".socket",
            "[Socket]\nListenStream=%s:%d\n[Install]\nWantedBy=sockets.target\n"
                .formatted(world.host().address(), port));
    world
        .host()
        .write(
            units + ".service",
            "[Service]\nExecStart=/lib/systemd/systemd-socket-proxyd 127.0.0.1:%d\n"
                .formatted(port));
  }

  private StruckTenant struck(String name) {
    SandboxTenant tenant = world.tenant(name);
    return new StruckTenant() {
      @Override
      public SandboxTenant tenant() {
        return tenant;
      }

      @Override
      public URI api() {
        return URI.create("http://" + world.host().address() + ":" + world.portOf(name));
      }

      @Override
      public void putBack() throws Exception {
        world.mustScript(
            """
            systemctl stop %1$s-api %1$s-frontend
            rm -rf /srv/%1$s
            cp -a /srv/templates/%1$s /srv/
            systemctl reset-failed %1$s-api %1$s-frontend
            systemctl start %1$s-api %1$s-frontend
            """
                .formatted(name));
        SystemdMachine machine = new SystemdMachine(world);
        Eventually.within(PATIENCE, name + " answers", () -> !machine.version(tenant).isEmpty());
      }
    };
  }

  @Override
  public void fall() throws Exception {
    world.host().cutPower();
  }

  @Override
  public void recover() throws Exception {
    world.host().boot();
    world.startWorker();
  }

  @Override
  public Victim victim() {
    return victim;
  }

  @Override
  public void close() {
    world.close();
  }
}
