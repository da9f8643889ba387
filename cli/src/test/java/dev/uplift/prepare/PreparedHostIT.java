package dev.uplift.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.testhost.CommandOutput;
import dev.uplift.testhost.TestHost;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One host from a clean Debian on, in the order in which its administrator meets all this. */
@Tag("full")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PreparedHostIT {
  @TempDir private static Path directory;
  private static OldHosts old;
  private static TestHost host;

  @BeforeAll
  static void aHostThatWasThereBeforeUplift() throws Exception {
    old = OldHosts.orSkip(directory);
    host = old.boot("web-1");
    old.install(host, "ops", "/srv", 8100, "acme", "globex");
    old.install(host, "web", "/data", 8200, "hooli");
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
  void whatCannotBePreparedIsRefusedWithTheRemedyAndNothingIsChanged() throws Exception {
    host.mustScript(
        "ln -s /srv /linked; mkdir -m 1777 /open; mkdir /file && rmdir /file && touch /file");
    String before = everything();

    assertRefused(prepare("--root", "/srf"), "/srf is not there");
    assertRefused(prepare("--root", "/linked"), "give its real path");
    assertRefused(prepare("--root", "/open"), "chmod o-w /open");
    assertRefused(prepare("--root", "/file"), "no directory");
    assertRefused(prepare("--root", "/etc"), "belongs to the system");
    assertRefused(prepare(), "--root DIR");
    assertRefused(prepare("--root", "/srv", "--user", "osp"), "no user osp");
    assertRefused(
        prepare("--root", "/srv", "/data"), "acme, globex to ops; hooli to web", "--user");
    assertRefused(
        host.runAs("ops", "sh", "-c", "/opt/uplift-*/uplift host prepare --root /srv"),
        "only root");
    assertRefused(
        prepare("--root", "/srv", "--engine", "10.0.0.1:7233"),
        "10.0.0.1:7233 is on another machine",
        "--engine-ca FILE --engine-cert FILE --engine-key FILE");
    assertRefused(
        prepare("--root", "/srv", "--engine-api-key", "/root/nothing"),
        "there is no file /root/nothing");
    assertThat(everything()).isEqualTo(before);
  }

  @Test
  @Order(2)
  void aReleaseThatOthersCanChangeIsNotInstalled() throws Exception {
    host.mustScript("cp -r /opt/uplift-* /home/ops/uplift; chown -R ops:ops /home/ops/uplift");
    String before = everything();

    assertRefused(
        host.run("/home/ops/uplift/uplift", "host", "prepare", "--root", "/srv"),
        "/home/ops belongs to ops",
        "below /opt");
    host.mustScript("chgrp ops /opt/uplift-*/lib; chmod g+w /opt/uplift-*/lib");
    assertRefused(prepare("--root", "/srv"), "/lib can be written by the group ops");
    host.mustScript("chgrp root /opt/uplift-*/lib; chmod g-w /opt/uplift-*/lib");
    assertThat(everything()).isEqualTo(before);
  }

  @Test
  @Order(2)
  void checkingListsWhatIsMissingAndChangesNothing() throws Exception {
    String before = everything();

    CommandOutput output = prepare("--root", "/srv", "--check");

    assertThat(output.exitCode()).isEqualTo(1);
    assertThat(output.out())
        .contains(
            "missing  /opt/uplift -> /opt/uplift-",
            "missing  /var/lib/uplift\n",
            "missing  /etc/uplift/uplift-worker.yml\n",
            "missing  /etc/systemd/system/acme-.service.d/50-uplift-guard.conf\n",
            "missing  /etc/polkit-1/rules.d/50-uplift.rules: acme-api, acme-frontend, globex-api,"
                + " globex-frontend\n");
    assertThat(everything()).isEqualTo(before);
  }

  @Test
  @Order(3)
  void preparingMakesAllOfItAndTouchesNoTenant() throws Exception {
    String tenants = tenants();

    CommandOutput output = prepare("--root", "/srv");

    assertThat(output).matches(CommandOutput::succeeded);
    assertThat(output.out())
        .contains("made     /etc/uplift/uplift-worker.yml\n")
        .doesNotContain("missing", "hooli");
    assertThat(tenants()).isEqualTo(tenants);
    assertThat(host.mustScript("systemctl show -P NeedDaemonReload 'acme-*' globex-api").strip())
        .doesNotContain("yes");
    assertThat(host.mustRun("stat", "-c", "%U:%G %a", "/var/lib/uplift").strip())
        .isEqualTo("ops:ops 750");
    assertThat(modeOf("/etc/uplift/uplift-worker.yml")).isEqualTo("root:ops 640");
    assertThat(canRead("ops", "/etc/uplift/uplift-worker.yml")).isTrue();
    assertThat(canRead("web", "/etc/uplift/uplift-worker.yml")).isFalse();
  }

  @Test
  @Order(4)
  void preparingAgainFindsEverythingInPlace() throws Exception {
    String before = everything();

    CommandOutput output = prepare();

    assertThat(output).matches(CommandOutput::succeeded);
    assertThat(output.out().lines()).isNotEmpty().allMatch(line -> line.startsWith("found    "));
    assertThat(prepare("--check").exitCode()).isZero();
    assertThat(everything()).isEqualTo(before);
  }

  @Test
  @Order(5)
  void theWorkerRunsAsTheTenantsOwner() throws Exception {
    host.mustRun("systemctl", "enable", "--now", "uplift-worker");

    assertThat(host.mustRun("ps", "-o", "user=", "-p", workerPid()).strip()).isEqualTo("ops");
    assertThat(groups(workerPid())).contains("systemd-journal");
  }

  @ParameterizedTest
  @ValueSource(strings = {"stop", "start", "restart", "reset-failed"})
  @Order(6)
  void theWorkersUserMayDoToATenantsUnit(String verb) throws Exception {
    assertThat(systemctl(verb, "acme-api.service")).matches(CommandOutput::succeeded);
    host.mustRun("systemctl", "start", "acme-api");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "stop dbus.service",
        "restart hooli-api.service",
        "stop hooli-api.service",
        "stop uplift-worker.service",
        "start rescue.target",
        "stop acme-api.service hooli-api.service",
        "enable acme-api.service",
        "disable acme-api.service",
        "mask acme-api.service",
        "kill acme-api.service",
        "kill hooli-api.service",
        "set-property acme-api.service CPUWeight=10",
        "set-environment A=b",
        "daemon-reload",
        "daemon-reexec",
        "isolate rescue.target",
        "poweroff",
        "link /srv/acme/evil.service"
      })
  @Order(7)
  void theWorkersUserMayDoNothingElse(String line) throws Exception {
    host.mustRunAs("ops", "touch", "/srv/acme/evil.service");
    List<String> services =
        List.of("dbus", "hooli-api", "hooli-frontend", "acme-frontend", "uplift-worker", "polkit");
    String before = mainPids(services);

    CommandOutput refused = systemctl(line.split(" "));

    assertThat(refused.exitCode()).as(refused.toString()).isNotZero();
    assertThat(refused.text()).containsAnyOf("denied", "authentication required", "Access");
    assertThat(mainPids(services)).isEqualTo(before);
    assertThat(host.mustRun("systemctl", "is-enabled", "acme-api").strip()).isEqualTo("enabled");
    host.mustRun("systemctl", "start", "acme-api");
  }

  @Test
  @Order(8)
  void theWorkersUserCannotStartUnitsOfItsOwnMaking() throws Exception {
    for (List<String> words :
        List.of(
            List.of("systemd-run", "--no-ask-password", "--unit=acme-api", "touch", "/srv/made"),
            List.of("systemd-run", "--no-ask-password", "--unit=acme-x", "touch", "/srv/made"),
            List.of("systemd-run", "--no-ask-password", "--scope", "touch", "/srv/made"))) {
      assertThat(host.runAs("ops", words.toArray(String[]::new)).exitCode()).isNotZero();
    }
    assertThat(host.file("/srv/made")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/etc",
        "/etc/uplift",
        "/etc/systemd/system",
        "/etc/polkit-1/rules.d",
        "/opt/uplift/lib",
        "/usr/local/bin",
        "/home/ops",
        "/root",
        "/data/hooli",
        "/var/log",
        "/var/lib",
        "/var/lib/systemd"
      })
  @Order(9)
  void evenRootCouldNotWriteFromWithinTheWorkersUnit(String place) throws Exception {
    CommandOutput refused = withinWorker("root", "touch", place + "/written-by-worker");

    assertThat(refused.exitCode()).isNotZero();
    assertThat(refused.text()).contains("Read-only file system");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/srv/acme", "/var/lib/uplift", "/var/cache/uplift", "/tmp"})
  @Order(10)
  void theWorkerWritesToTheRootsAndToItsOwn(String place) throws Exception {
    String file = place + "/written-by-worker";

    assertThat(withinWorker("ops", "touch", file)).matches(CommandOutput::succeeded);
    assertThat(withinWorker("ops", "rm", file)).matches(CommandOutput::succeeded);
  }

  @Test
  @Order(11)
  void migrationsCanBeRehearsedInTheWorkersUnit() throws Exception {
    assertThat(
            withinWorker(
                "ops",
                "sh",
                "-c",
                "bwrap --unshare-user-try --unshare-net --unshare-pid --unshare-ipc --unshare-uts"
                    + " --die-with-parent --cap-drop ALL --ro-bind / / --dev /dev --proc /proc"
                    + " --tmpfs /tmp --tmpfs /run --bind /var/lib/uplift /srv/acme true"))
        .matches(CommandOutput::succeeded);
    assertThat(
            withinWorker(
                "ops",
                "sh",
                "-c",
                "unshare --user --map-root-user --mount --net --pid --ipc --uts --fork"
                    + " --kill-child mount -t proc proc /proc"))
        .matches(CommandOutput::succeeded);
  }

  @Test
  @Order(12)
  void neitherARestartNorTheDeathOfTheWorkerKillsWhatItRunsForATenant() throws Exception {
    String migration = startInWorkersGroup();

    host.mustRun("systemctl", "restart", "uplift-worker");
    assertThat(isAlive(migration)).isTrue();

    String before = workerPid();
    host.mustRun("kill", "-9", before);
    host.mustScript(
        "timeout 60 sh -c 'until [ \"$(systemctl show -P MainPID uplift-worker)\" != "
            + before
            + " ] && systemctl is-active -q uplift-worker; do sleep 0.1; done'");
    assertThat(isAlive(migration)).isTrue();
    host.mustRun("kill", migration);
  }

  @Test
  @Order(13)
  void aGuardedUnitIsStartedByNobodyAndNotByAReboot() throws Exception {
    host.mustRun("systemctl", "stop", "acme-api");
    host.mustScript("mkdir -p /var/lib/uplift/guard; touch /var/lib/uplift/guard/acme-api");

    assertThat(host.run("systemctl", "start", "acme-api").exitCode()).isNotZero();
    host.cutPower();
    host.boot();
    assertThat(host.run("systemctl", "is-active", "-q", "acme-api").exitCode()).isNotZero();
    assertThat(host.run("systemctl", "is-active", "-q", "acme-frontend").exitCode()).isZero();

    host.mustRun("rm", "/var/lib/uplift/guard/acme-api");
    host.mustRun("systemctl", "start", "acme-api");
  }

  @Test
  @Order(14)
  void aNewTenantIsPreparedByTheSameCommandWithoutOptions() throws Exception {
    old.install(host, "ops", "/srv", 8300, "initech");
    assertThat(systemctl("restart", "initech-api.service").exitCode()).isNotZero();

    CommandOutput output = prepare();

    assertThat(output).matches(CommandOutput::succeeded);
    assertThat(output.out().lines().filter(line -> !line.startsWith("found")))
        .anyMatch(line -> line.matches("changed {2}/etc/polkit-1/.*initech-frontend.*"))
        .contains("made     /etc/systemd/system/initech-.service.d/50-uplift-guard.conf")
        .allMatch(line -> line.contains("initech"));
    assertThat(systemctl("restart", "initech-api.service")).matches(CommandOutput::succeeded);
    assertThat(host.mustRun("systemctl", "show", "-P", "DropInPaths", "initech-api"))
        .contains("50-uplift-guard.conf");
  }

  @Test
  @Order(15)
  void aUnitThatRunsAsRootIsNotGivenToTheTenantsUser() throws Exception {
    host.write(
        "/etc/systemd/system/acme-mail.service",
        "[Service]\nWorkingDirectory=/srv/acme\nExecStart=/srv/acme/venv/bin/python -m this\n");
    host.mustRun("systemctl", "daemon-reload");

    for (CommandOutput output : List.of(prepare("--check"), prepare())) {
      assertThat(output).matches(CommandOutput::succeeded);
      assertThat(output.out())
          .contains("note     acme-mail of acme runs as root", "Set User=ops in the unit");
    }
    assertThat(systemctl("restart", "acme-mail.service").exitCode()).isNotZero();
    assertThat(systemctl("restart", "acme-api.service")).matches(CommandOutput::succeeded);

    host.mustScript("echo User=$(id -u ops) >>/etc/systemd/system/acme-mail.service");
    host.mustRun("systemctl", "daemon-reload");
    assertThat(prepare().out()).contains("acme-mail").doesNotContain("note");
    assertThat(systemctl("restart", "acme-mail.service")).matches(CommandOutput::succeeded);
    host.mustScript("echo User=root >>/etc/systemd/system/acme-mail.service");
    host.mustRun("systemctl", "daemon-reload");
    assertThat(prepare().out()).contains("no longer allowed: acme-mail, which runs as root");
    assertThat(systemctl("restart", "acme-mail.service").exitCode()).isNotZero();

    host.mustScript("rm /etc/systemd/system/acme-mail.service; systemctl daemon-reload");
    assertThat(prepare("--check")).matches(CommandOutput::succeeded);
  }

  @Test
  @Order(16)
  void aUnitThatNamesTheDirectoriesOfTwoTenantsTakesNothingFromThem() throws Exception {
    host.write(
        "/etc/systemd/system/watch.service",
        "[Service]\nUser=ops\nExecStart=/bin/sh -c 'exec sleep 600' watch /srv/acme /srv/globex\n");
    host.mustRun("systemctl", "daemon-reload");

    CommandOutput output = prepare();

    assertThat(output).matches(CommandOutput::succeeded);
    assertThat(output.out().lines()).allMatch(line -> line.startsWith("found    "));
    assertThat(systemctl("restart", "globex-api.service")).matches(CommandOutput::succeeded);
    assertThat(systemctl("start", "watch.service").exitCode()).isNotZero();
    host.mustScript("rm /etc/systemd/system/watch.service; systemctl daemon-reload");
  }

  @Test
  @Order(17)
  void whatIsNoLongerFoundStaysAllowedUntilThatIsTakenAwayOrItsUpgradeIsOver() throws Exception {
    host.mustScript("mv /srv/globex/db /srv/globex-db; touch /var/lib/uplift/guard/globex-api");

    CommandOutput kept = prepare();

    assertThat(kept).matches(CommandOutput::succeeded);
    assertThat(kept.out())
        .contains(
            "note     no longer found: globex-api; it stays allowed, an upgrade has stopped it\n",
            "note     no longer found: globex-frontend; it stays allowed until --remove is given\n");
    assertThat(prepare("--check")).matches(CommandOutput::succeeded);
    assertThat(prepare("--check", "--remove").exitCode()).isEqualTo(1);
    assertThat(systemctl("restart", "globex-frontend.service")).matches(CommandOutput::succeeded);

    CommandOutput removed = prepare("--remove");

    assertThat(removed).matches(CommandOutput::succeeded);
    assertThat(removed.out())
        .contains(
            "no longer found: globex-api; it stays allowed",
            "no longer allowed: globex-frontend, which was not found");
    assertThat(systemctl("stop", "globex-api.service")).matches(CommandOutput::succeeded);
    assertThat(systemctl("restart", "globex-frontend.service").exitCode()).isNotZero();

    host.mustScript("mv /srv/globex-db /srv/globex/db; rm /var/lib/uplift/guard/globex-api");
    host.mustRun("systemctl", "start", "globex-api");
    assertThat(prepare()).matches(CommandOutput::succeeded);
    assertThat(systemctl("restart", "globex-frontend.service")).matches(CommandOutput::succeeded);
  }

  @Test
  @Order(18)
  void aRootIsAddedToThoseThatAreThere() throws Exception {
    host.mustScript("install -d -o ops /more");

    assertThat(prepare("--root", "/more")).matches(CommandOutput::succeeded);

    assertThat(host.read("/etc/uplift/uplift-worker.yml")).contains("[\"/srv\", \"/more\"]");
    assertThat(host.read("/etc/systemd/system/uplift-worker.service.d/50-uplift-host.conf"))
        .contains("\"-/srv\" \"-/more\"");
    assertThat(systemctl("restart", "acme-api.service")).matches(CommandOutput::succeeded);
  }

  @Test
  @Order(19)
  void aHostIsCalledInTheFleetAsItsWorkerIs() throws Exception {
    assertThat(prepare("--host", "web-7")).matches(CommandOutput::succeeded);

    assertThat(host.mustRun("uplift", "discover", "--root", "/srv")).contains("hosts:\n  web-7:");
    CommandOutput asWeb = host.runAs("web", "uplift", "discover", "--root", "/srv");
    assertThat(asWeb.out()).contains("hosts:\n  web-1:");
    assertThat(asWeb.err()).contains("only root may look it up in /etc/uplift/uplift-worker.yml");

    assertThat(prepare("--host", "web-1")).matches(CommandOutput::succeeded);
    assertThat(host.mustRun("uplift", "discover", "--root", "/srv")).contains("hosts:\n  web-1:");
  }

  @Test
  @Order(20)
  void eachServiceHasCertificatesAndSettingsThatNobodyElseReads() throws Exception {
    String before = host.read("/etc/uplift/uplift-worker.yml");
    host.mustScript(
        "umask 077; cd /root; for file in ca.pem client.pem client.key; do"
            + " echo $file >$file; done");

    assertThat(
            host.run(
                "sh",
                "-c",
                "cd /root && /opt/uplift-*/uplift host prepare --api --engine 10.0.0.1:7233"
                    + " --engine-ca ca.pem --engine-cert client.pem --engine-key client.key"))
        .matches(CommandOutput::succeeded);

    for (String service : List.of("worker", "api")) {
      String settings = "/etc/uplift/uplift-" + service + ".yml";
      String key = "/etc/uplift/" + service + "/key.pem";
      String reader = service.equals("api") ? "uplift-api" : "ops";
      assertThat(host.read(settings)).contains("key-file: \"" + key + "\"", "10.0.0.1:7233");
      assertThat(host.read(key)).isEqualTo("client.key\n");
      for (String file : List.of(settings, key)) {
        assertThat(modeOf(file)).isEqualTo("root:" + reader + " 640");
        for (String user : List.of("ops", "web", "uplift-api")) {
          assertThat(canRead(user, file)).as(user + " " + file).isEqualTo(user.equals(reader));
        }
      }
    }
    assertThat(prepare("--api").out().lines()).allMatch(line -> line.startsWith("found    "));
    host.mustRun("chmod", "o+r", "/etc/uplift/worker/key.pem");
    assertThat(prepare("--check").out()).contains("differs  /etc/uplift/worker/key.pem");
    assertThat(prepare()).matches(CommandOutput::succeeded);
    assertThat(modeOf("/etc/uplift/worker/key.pem")).isEqualTo("root:ops 640");

    host.write("/etc/uplift/uplift-worker.yml", before);
  }

  @Test
  @Order(21)
  void settingsThatAPersonProtectedStayProtected() throws Exception {
    String settings = "/etc/uplift/uplift-worker.yml";
    host.mustScript("chown ops:root " + settings + "; chmod 600 " + settings);

    assertThat(prepare()).matches(CommandOutput::succeeded);
    assertThat(modeOf(settings)).isEqualTo("ops:root 600");
    assertThat(prepare("--root", "/home/ops")).matches(CommandOutput::succeeded);
    assertThat(modeOf(settings)).isEqualTo("ops:root 600");

    host.mustRun("chown", "root", settings);
    assertRefused(prepare(), "ops cannot read " + settings, "chgrp ops " + settings);
    host.mustScript("chgrp ops " + settings + "; chmod 640 " + settings);
    assertThat(prepare()).matches(CommandOutput::succeeded);
  }

  @Test
  @Order(22)
  void settingsThatThePersonChangedAreKept() throws Exception {
    String changed = host.read("/etc/uplift/uplift-worker.yml") + "  drain: 45m\n";
    host.write("/etc/uplift/uplift-worker.yml", changed);

    assertThat(prepare("--check")).matches(CommandOutput::succeeded);
    assertRefused(
        prepare("--engine", "10.0.0.1:7233"),
        "changed by somebody",
        "uplift.engine.target is 127.0.0.1:7233, asked was 10.0.0.1:7233");
    assertThat(host.read("/etc/uplift/uplift-worker.yml")).isEqualTo(changed);
  }

  private static CommandOutput prepare(String... options) throws InterruptedException {
    List<String> words = new ArrayList<>(List.of("sh", "-c", "exec /opt/uplift-*/uplift \"$@\""));
    words.addAll(List.of("uplift", "host", "prepare"));
    words.addAll(List.of(options));
    return host.run(words.toArray(String[]::new));
  }

  private static void assertRefused(CommandOutput output, String... reasons) {
    assertThat(output.exitCode()).as(output.toString()).isEqualTo(1);
    assertThat(output.err()).startsWith("uplift: ").contains(reasons);
    assertThat(output.out()).isEmpty();
  }

  private static CommandOutput systemctl(String... words) throws InterruptedException {
    return host.runAs(
        "ops",
        Stream.concat(Stream.of("systemctl", "--no-ask-password"), Stream.of(words))
            .toArray(String[]::new));
  }

  /** Files and accounts that preparing might change. */
  private static String everything() throws InterruptedException {
    return host.mustScript(
        "find /etc /opt /usr/local /var/lib -xdev -path /var/lib/systemd -prune -o"
            + " -printf '%p %y %m %u:%g %s %T@ %l\\n' | sort; getent passwd; getent group");
  }

  /** That every service is the process that it was. */
  private static String tenants() throws InterruptedException {
    return mainPids(
        List.of("acme-api", "acme-frontend", "globex-api", "globex-frontend", "hooli-api"));
  }

  private static String mainPids(List<String> units) throws InterruptedException {
    List<String> words = new ArrayList<>(List.of("systemctl", "show", "-P", "MainPID"));
    words.addAll(units);
    return host.mustRun(words.toArray(String[]::new));
  }

  private static String modeOf(String file) throws InterruptedException {
    return host.mustRun("stat", "-c", "%U:%G %a", file).strip();
  }

  private static boolean canRead(String user, String file) throws InterruptedException {
    return host.runAs(user, "test", "-r", file).succeeded();
  }

  private static String workerPid() throws InterruptedException {
    return mainPids(List.of("uplift-worker")).strip();
  }

  private static String groups(String pid) throws InterruptedException {
    return host.mustScript(
        "for id in $(sed -n 's/^Groups:\\t//p' /proc/"
            + pid
            + "/status); do getent group $id; done");
  }

  /** Runs a command that sees what the worker sees and may what the worker may. */
  private static CommandOutput withinWorker(String user, String... words)
      throws InterruptedException {
    List<String> entered = new ArrayList<>(List.of("nsenter", "-t", workerPid(), "-m"));
    if (!user.equals("root")) {
      entered.addAll(List.of("setpriv", "--reuid=" + user, "--regid=" + user, "--init-groups"));
      entered.addAll(List.of("--no-new-privs", "--bounding-set=-all", "--reset-env"));
    }
    entered.addAll(List.of(words));
    return host.run(entered.toArray(String[]::new));
  }

  private static String startInWorkersGroup() throws InterruptedException {
    return host.mustScript(
            """
            group=$(systemctl show -P ControlGroup uplift-worker)
            setsid sh -c '
              for top in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup; do
                [ ! -w "$top$0/cgroup.procs" ] || echo $$ >"$top$0/cgroup.procs"
              done
              exec sleep 600' "$group" </dev/null >/dev/null 2>&1 &
            echo $!
            timeout 10 sh -c 'until grep -q uplift-worker /proc/$0/cgroup; do sleep 0.05; done' $!
            """)
        .strip();
  }

  private static boolean isAlive(String pid) throws InterruptedException {
    return host.run("kill", "-0", pid).succeeded();
  }
}
