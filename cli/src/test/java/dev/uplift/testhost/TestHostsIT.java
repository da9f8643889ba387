package dev.uplift.testhost;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.scenario.Eventually;
import java.io.BufferedReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("full")
class TestHostsIT {
  private static final String SERVER =
      """
      [Service]
      WorkingDirectory=/srv
      ExecStart=/usr/bin/python3 -m http.server 8000
      [Install]
      WantedBy=multi-user.target
      """;

  @Test
  void threeHostsAtOnceReachEachOtherAndSurviveAPowerCut() throws Exception {
    TestHosts all = TestHosts.orSkip();
    try (TestHosts hosts = all) {
      List<TestHost> three = List.of(hosts.add("web-1"), hosts.add("web-2"), hosts.add("web-3"));
      for (TestHost host : three) {
        host.boot();
        host.write("/srv/name", host.name());
        host.write("/etc/systemd/system/name.service", SERVER);
        host.mustRun("systemctl", "daemon-reload");
        host.mustRun("systemctl", "enable", "--now", "name");
      }

      for (TestHost one : three) {
        for (TestHost other : three) {
          assertThat(fetch(one, other)).as(one.name() + " asks").isEqualTo(other.name());
        }
        try (Socket fromHere = new Socket()) {
          fromHere.connect(new InetSocketAddress(one.address(), 8000), 2000);
        }
      }
      assertThat(three.stream().map(host -> host.read("/etc/machine-id"))).doesNotHaveDuplicates();

      TestHost cut = three.get(1);
      cut.cutPower();
      assertThat(cut.isOn()).isFalse();
      assertThat(fetch(three.get(0), three.get(2))).isEqualTo("web-3");
      cut.boot();
      assertThat(fetch(three.get(0), cut)).as("what was enabled is up again").isEqualTo("web-2");

      three.get(0).stop();
      three.get(0).boot();
      assertThat(fetch(cut, three.get(0))).isEqualTo("web-1");
    }
    assertThat(all.traces()).isEmpty();
  }

  @Test
  void eachHostSeesOnlyItsOwnProcessesInTheGroupsOfItsUnits() throws Exception {
    try (TestHosts hosts = TestHosts.orSkip()) {
      for (String name : List.of("web-1", "web-2")) {
        TestHost host = hosts.add(name).boot();
        host.write("/etc/systemd/system/name.service", SERVER);
        host.mustRun("systemctl", "start", "name");
      }
      TestHost third = hosts.add("web-3").boot();
      third.write("/etc/systemd/system/name.service", SERVER);
      third.mustRun("systemctl", "start", "name");

      String group = third.mustRun("systemctl", "show", "-P", "ControlGroup", "name").strip();
      String main = third.mustRun("systemctl", "show", "-P", "MainPID", "name").strip();
      assertThat(
              third
                  .mustScript(
                      "cat /sys/fs/cgroup/{systemd,unified,.}"
                          + group
                          + "/cgroup.procs 2>/dev/null | sort -u || true")
                  .strip())
          .isEqualTo(main);
    }
  }

  @Test
  void anotherUserMayNotWhatRootMayAndHasItsOwnHome() throws Exception {
    try (TestHosts hosts = TestHosts.orSkip()) {
      TestHost host = hosts.add("web-1").boot();
      host.mustRun("useradd", "--create-home", "--groups", "systemd-journal", "ops");

      assertThat(host.mustRunAs("ops", "sh", "-c", "cd; pwd; id -nG").strip())
          .isEqualTo("/home/ops\nops systemd-journal");
      assertThat(host.runAs("ops", "touch", "/etc/x").exitCode()).isNotZero();
      assertThat(host.runAs("ops", "unshare", "-Urmpf", "mount", "-t", "proc", "proc", "/proc"))
          .as("an unprivileged namespace may mount /proc, as on a real machine")
          .matches(CommandOutput::succeeded);
    }
  }

  @Test
  void whatAKilledTestLeftBehindIsRemovedByTheNext() throws Exception {
    TestHosts.orSkip().close();
    Process killed =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Abandoned.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    int number;
    long container;
    try (BufferedReader said = killed.inputReader()) {
      number = Integer.parseInt(said.readLine());
      container = Long.parseLong(said.readLine());
      // Once it is killed, whoever takes a place removes them, another test beside this one too.
      assertThat(Slot.traces(number)).hasSize(3);
    } finally {
      killed.destroyForcibly().waitFor();
    }
    assertThat(ProcessHandle.of(container)).as("it lives on by itself").isPresent();

    TestHosts.orSkip().close();

    // Its parent is gone, so it is somebody else who has to take notice of its end.
    ProcessHandle.of(container).ifPresent(left -> left.onExit().orTimeout(60, SECONDS).join());
    Eventually.within(
        Duration.ofMinutes(1), "nothing is left", () -> Slot.traces(number).isEmpty());
  }

  /** A test that ends without a word. */
  static final class Abandoned {
    public static void main(String[] arguments) throws InterruptedException {
      TestHosts hosts = TestHosts.orSkip();
      TestHost host = hosts.add("web-1").boot();
      System.out.println(hosts.number());
      System.out.println(host.leader());
      Thread.sleep(Long.MAX_VALUE);
    }
  }

  private static String fetch(TestHost from, TestHost to) throws InterruptedException {
    return from.mustRun(
        "curl",
        "-s",
        "--retry",
        "20",
        "--retry-connrefused",
        "--retry-delay",
        "1",
        "--max-time",
        "30",
        "http://" + to.name() + ":8000/name");
  }
}
