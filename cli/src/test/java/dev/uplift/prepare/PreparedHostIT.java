package dev.uplift.prepare;

import dev.uplift.testhost.TestHost;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** One host from a clean Debian on, as its administrator meets it. */
@Tag("full")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PreparedHostIT {
  private static final String UPLIFT = "/opt/uplift/uplift";

  @TempDir private static Path directory;
  private static OldHosts old;
  private static TestHost host;

  @BeforeAll
  static void aHostThatWasThereBeforeUplift() throws Exception {
    old = OldHosts.orSkip(directory);
    host = old.boot("web-1");
    old.install(host, "ops", "/srv", 8100, "acme", "globex");
    OldHosts.unpack(host);
  }

  @AfterAll
  static void off() {
    if (old != null) {
      old.close();
    }
  }

  @Test
  @Order(1)
  void x() throws Exception {
    System.out.println(
        host.script("/opt/uplift-*/uplift host prepare --root /srv --check; echo rc $?"));
    System.out.println(
        host.script(
            "/opt/uplift-*/uplift host prepare --root /srv --engine "
                + old.network().outsideAddress()
                + ":7233"));
    System.out.println(host.script("/opt/uplift-*/uplift host prepare --check; echo rc $?"));
    System.out.println(
        host.script(
            "cat /etc/uplift/* /etc/polkit-1/rules.d/50* /etc/systemd/system/acme-.service.d/*; systemctl cat uplift-worker; ls -la /opt /var/lib/uplift"));
    System.out.println(
        host.script(
            "systemctl enable --now uplift-worker; sleep 8; systemctl status --no-pager -l uplift-worker; journalctl --no-pager -u uplift-worker -n 50; systemctl show uplift-worker -p NRestarts,MainPID"));
    System.out.println(
        host.script("systemctl show acme-api -p DropInPaths,NeedDaemonReload,ActiveState"));
    String pid = host.mustRun("systemctl", "show", "-P", "MainPID", "uplift-worker").strip();
    System.out.println(
        host.script(
            "nsenter -t "
                + pid
                + " -m setpriv --reuid=ops --regid=ops --init-groups --no-new-privs --bounding-set=-all bash -xc 'touch /etc/x; touch /srv/x /var/lib/uplift/x /home/ops/x; touch /tmp/x; echo hi; bwrap --unshare-user-try --unshare-net --unshare-pid --unshare-ipc --unshare-uts --die-with-parent --cap-drop ALL --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --tmpfs /run sh -c \"echo bwrap works; id; ls /proc\"; unshare --user --map-root-user --mount --net --pid --ipc --uts --fork --kill-child sh -c \"mount -t proc proc /proc && echo unshare works\"; true'"));
  }
}
