package dev.uplift.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.uplift.command.ProcessTree;
import dev.uplift.host.HostPaths;
import dev.uplift.host.StepFailure;
import dev.uplift.service.ServiceManager.ServiceState;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class ProcessServiceManagerTest {
  private static final UnitName API = SampleTenant.API;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  @TempDir Path directory;
  private SampleTenant tenant;
  private ProcessServiceManager services;

  @BeforeEach
  void defineTenant() throws IOException {
    tenant = new SampleTenant(directory);
    services = tenant.services;
  }

  @AfterEach
  void stopTenant() {
    tenant.close();
  }

  @Test
  void aStartedUnitRunsInASessionOfItsOwnWithoutOurDescriptors() throws IOException {
    services.start(API);
    long pid = tenant.pid(API);
    awaitLog("api v0.2.0");

    assertThat(ProcessTree.membersOfSession(pid)).contains(pid);
    try (var descriptors = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      assertThat(descriptors.map(ProcessServiceManagerTest::target).distinct())
          .allMatch(
              target ->
                  target.equals("/dev/null")
                      || target.startsWith(tenant.paths.processes().toString())
                      || target.startsWith("socket:")
                      || target.startsWith("anon_inode:"));
    }
    assertThat(target(Path.of("/proc/" + pid + "/fd/0"))).isEqualTo("/dev/null");
  }

  @Test
  void aServiceSeesOnlyTheAllowedPartOfTheWorkersEnvironment() throws IOException {
    Files.writeString(tenant.checkout.resolve("api.env"), "# words\nPORT_NOTE='eighty eighty'\n");
    define("[/usr/bin/env]", "environment_file: api.env\nenvironment: {GREETING: hello}");
    ProcessServiceManager withToken =
        new ProcessServiceManager(
            tenant.paths,
            tenant.definitions,
            java.util.Map.of("PATH", "/usr/bin:/bin", "UPLIFT_TOKEN", "secret"));

    withToken.start(API);
    awaitLog("GREETING=hello");

    assertThat(log()).contains("PORT_NOTE=eighty eighty").doesNotContain("secret");
  }

  @Test
  void startingARunningUnitLeavesItAlone() {
    services.start(API);
    ServiceState first = services.state(API);
    services.start(API);

    assertThat(services.state(API)).isEqualTo(first);
  }

  @Test
  void everyRunIsAnotherIncarnation() {
    services.start(API);
    ServiceState first = services.state(API);
    services.stop(API, PATIENCE);
    services.start(API);

    assertThat(services.state(API).incarnation()).isNotEqualTo(first.incarnation());
  }

  @Test
  void anotherWorkerFindsAndStopsWhatTheFirstOneStarted() {
    services.start(API);
    long pid = tenant.pid(API);
    ProcessServiceManager other = tenant.newManager();

    assertThat(other.state(API)).isEqualTo(services.state(API));
    other.stop(API, PATIENCE);
    assertThat(ProcessTree.startTime(pid)).isEmpty();
    assertThat(services.state(API)).isEqualTo(ServiceState.STOPPED);
  }

  @Test
  void aServiceSurvivesItsWorker() throws Exception {
    assertThat(worker().start().waitFor()).isZero();

    assertThat(services.state(API).running()).isTrue();
    awaitAnswer();
  }

  @Test
  @EnabledIf("straceIsThere")
  void aServiceIsFoundAlthoughItsWorkerWasKilledBetweenSpawnAndPidFile() throws Exception {
    // The first rename makes the record of the attempt durable, the second one that of the pid.
    Process killed =
        worker(
                "strace",
                "-I",
                "1",
                "-f",
                "-qq",
                "-o",
                "/dev/null",
                "-e",
                "trace=rename",
                "-e",
                "inject=rename:signal=KILL:when=2")
            .start();
    try {
      SampleTenant.await("the spawn", () -> services.state(API).running());
      SampleTenant.await("the kill", () -> killed.descendants().noneMatch(this::isJava));
    } finally {
      // Tracers let go of what they trace when they end.
      killed.destroy();
      killed.waitFor();
    }
    assertThat(Files.readString(pidFile())).contains("\"starting\"");

    long pid = tenant.pid(API);
    awaitAnswer();
    services.start(API);
    assertThat(tenant.pid(API)).isEqualTo(pid);
    services.stop(API, PATIENCE);
    assertThat(ProcessTree.startTime(pid)).isEmpty();
  }

  @Test
  void aServiceThatIgnoresSigtermIsKilledWhenPatienceEnds() throws IOException {
    tenant.behave("api", "deaf");
    services.start(API);
    long pid = tenant.pid(API);
    awaitAnswer();

    services.stop(API, Duration.ofMillis(300));

    assertThat(ProcessTree.startTime(pid)).isEmpty();
  }

  @Test
  void aDaemonThatTheServiceLeftBehindIsStoppedWithIt() throws IOException {
    tenant.behave("api", "forks");
    services.start(API);
    long main = tenant.pid(API);
    UnitProcesses processes =
        new UnitProcesses(List.of(tenant.paths.processes().toRealPath().resolve(API + ".lock")));
    SampleTenant.await("the daemon", () -> processes.find().size() == 2);
    long daemon =
        processes.find().stream()
            .mapToLong(UnitProcesses.Member::pid)
            .filter(pid -> pid != main)
            .findFirst()
            .orElseThrow();

    services.stop(API, PATIENCE);

    assertThat(ProcessTree.startTime(daemon)).isEmpty();
    assertThat(ProcessTree.startTime(main)).isEmpty();
  }

  @Test
  void whatADeadServiceLeftBehindDoesNotKeepItFromBeingStarted() throws IOException {
    tenant.behave("api", "forks");
    services.start(API);
    awaitAnswer();
    ProcessHandle.of(tenant.pid(API)).orElseThrow().destroyForcibly();
    SampleTenant.await("the death", () -> !services.state(API).running());

    services.start(API);
    awaitAnswer();

    assertThat(services.state(API).running()).isTrue();
  }

  @Test
  void aServiceWhoseStarterWasKilledBeforeItNotedThePidIsFoundAgain() throws IOException {
    services.start(API);
    ServiceState known = services.state(API);
    forgetPid();

    assertThat(tenant.newManager().state(API)).isEqualTo(known);
    services.start(API);
    assertThat(services.state(API)).isEqualTo(known);
    services.stop(API, PATIENCE);
    assertThat(ProcessTree.startTime(known.mainPid().orElseThrow())).isEmpty();
  }

  @Test
  void aStarterThatWasKilledBeforeTheSpawnLeavesAStoppedUnit() throws IOException {
    services.start(API);
    services.stop(API, PATIENCE);
    forgetPid();

    assertThat(services.state(API)).isEqualTo(ServiceState.STOPPED);
    services.start(API);
    assertThat(services.state(API).running()).isTrue();
  }

  @Test
  void aPidOfAnEarlierBootIsNobody() throws IOException {
    services.start(API);
    long pid = tenant.pid(API);
    editPidFile("boot_id", "\"another\"");

    assertThat(services.state(API)).isEqualTo(ServiceState.STOPPED);
    editPidFile("boot_id", "\"" + RunRecord.currentBootId() + "\"");
    assertThat(tenant.pid(API)).isEqualTo(pid);
  }

  @Test
  void aPidThatBelongsToAnotherProcessByNowIsNobody() throws IOException {
    services.start(API);
    editPidFile("start_ticks", "1");

    assertThat(services.state(API)).isEqualTo(ServiceState.STOPPED);
  }

  @Test
  void aGuardedUnitIsNotStarted() {
    Guard guard = new Guard(tenant.paths);
    guard.raise(List.of(API), "upgrade 1234");

    assertFailure(() -> services.start(API), FailureKind.START_FAILED, "upgrade 1234");
    assertThat(services.state(API)).isEqualTo(ServiceState.STOPPED);

    guard.lower(List.of(API));
    services.start(API);
    assertThat(services.state(API).running()).isTrue();
  }

  @Test
  void aGuardThatIsRaisedAgainTellsTheNewReason() {
    Guard guard = new Guard(tenant.paths);
    guard.raise(List.of(API), "one");
    guard.raise(List.of(API), "two");

    assertThat(guard.reason(API)).contains("two");
    assertThat(guard.isRaised(SampleTenant.FRONTEND)).isFalse();
    guard.lower(List.of(API, SampleTenant.FRONTEND));
    assertThat(guard.isRaised(API)).isFalse();
  }

  @Test
  void anUndefinedUnitIsNamedWithTheFileThatIsMissing() {
    UnitName unknown = new UnitName("t1-worker");

    assertFailure(
        () -> services.inspect(List.of(API, unknown), PATIENCE),
        FailureKind.UNIT_MISSING,
        "t1-worker.yml");
    assertThat(services.state(unknown)).isEqualTo(ServiceState.STOPPED);
    services.stop(unknown, PATIENCE);
    assertFailure(() -> services.start(unknown), FailureKind.UNIT_MISSING, "t1-worker.yml");
  }

  @Test
  void aProgramIsLookedUpFromTheUnitsDirectory() throws IOException {
    Path bin = Files.createDirectories(tenant.checkout.resolve("venv/bin"));
    Path program = Files.writeString(bin.resolve("hello"), "#!/bin/sh\necho GREETING=hello\n");
    assertThat(program.toFile().setExecutable(true)).isTrue();
    define("[venv/bin/hello]", "");

    services.start(API);

    awaitLog("GREETING=hello");
  }

  @Test
  void aProgramThatIsNotThereIsNamed() throws IOException {
    define("[venv/bin/python, x.py]", "");

    assertFailure(() -> services.start(API), FailureKind.START_FAILED, "venv/bin/python");
  }

  @Test
  void aDefinitionWithAnUnknownKeyIsRefused() throws IOException {
    define("[/usr/bin/env]", "restart: always");

    assertFailure(() -> services.start(API), FailureKind.START_FAILED, "restart");
  }

  @Test
  void aDefinitionWhoseProgramIsAnOptionIsRefused() throws IOException {
    define("[-c, 'touch /tmp/x']", "");

    assertFailure(() -> services.start(API), FailureKind.START_FAILED, "the program first");
  }

  @Test
  void theLogSinceATimeBeginsAtTheFirstStartAfterIt() throws IOException {
    define("[/bin/echo, first run]", "");
    services.start(API);
    awaitLog("first run");
    SampleTenant.await("the end", () -> !services.state(API).running());
    Instant between = Instant.now();
    define("[/bin/echo, second run]", "");
    // Log times are milliseconds.
    SampleTenant.await("the clock", () -> Instant.now().isAfter(between.plusMillis(2)));
    services.start(API);
    awaitLog("second run");

    assertThat(services.logSince(API, between, 1000)).isEqualTo("second run\n");
    assertThat(services.logSince(API, Instant.EPOCH, 1000)).isEqualTo("first run\nsecond run\n");
    // Eleven bytes are "second run" with its end; of a line that is cut nothing is shown.
    assertThat(services.logSince(API, Instant.EPOCH, 15)).isEqualTo("second run\n");
    assertThat(services.logSince(API, Instant.EPOCH, 5)).isEmpty();
    assertThat(services.logSince(API, Instant.now().plusSeconds(60), 1000))
        .isEqualTo("second run\n");
    assertThat(services.logSince(SampleTenant.FRONTEND, Instant.EPOCH, 1000)).isEmpty();
  }

  @Test
  void aServiceThatDiedIsNotStartedAgain() throws IOException {
    define("[/bin/false]", "");
    services.start(API);

    SampleTenant.await("the end", () -> !services.state(API).running());
    assertThat(services.state(API)).isEqualTo(ServiceState.STOPPED);
  }

  /** A worker in a JVM of its own that starts the API and ends. */
  private ProcessBuilder worker(String... under) {
    List<String> words = new ArrayList<>(List.of(under));
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(List.of("-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
    words.addAll(List.of(ShortLivedWorker.class.getName(), tenant.paths.state().toString()));
    words.add(tenant.definitions.toString());
    return new ProcessBuilder(words).inheritIO();
  }

  static final class ShortLivedWorker {
    private ShortLivedWorker() {}

    public static void main(String[] args) {
      new ProcessServiceManager(new HostPaths(Path.of(args[0])), Path.of(args[1]), System.getenv())
          .start(API);
      Runtime.getRuntime().halt(0);
    }
  }

  static boolean straceIsThere() {
    return Files.isExecutable(Path.of("/usr/bin/strace"));
  }

  private boolean isJava(ProcessHandle process) {
    return process.info().command().orElse("").endsWith("/java");
  }

  private void define(String run, String more) throws IOException {
    Files.writeString(
        tenant.definitions.resolve(API + ".yml"),
        "run: " + run + "\ndirectory: " + tenant.checkout + "\n" + more + "\n");
  }

  private void awaitAnswer() {
    SampleTenant.await(
        "an answer",
        () ->
            new dev.uplift.health.Probe()
                    .get("http://127.0.0.1:" + tenant.apiPort + "/", Duration.ofSeconds(1))
                instanceof dev.uplift.health.Answer.Answered);
  }

  private void awaitLog(String text) {
    SampleTenant.await("'" + text + "' in the log", () -> log().contains(text));
  }

  private String log() {
    return services.logSince(API, Instant.EPOCH, 8192);
  }

  private void forgetPid() throws IOException {
    editPidFile("phase", "\"starting\"");
    editPidFile("pid", "null");
    editPidFile("start_ticks", "null");
  }

  private void editPidFile(String key, String json) throws IOException {
    Path file = pidFile();
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode record = (ObjectNode) mapper.readTree(Files.readString(file));
    record.set(key, mapper.readTree(json));
    Files.writeString(file, record.toString());
  }

  private Path pidFile() {
    return tenant.paths.processes().resolve(API + ".pid");
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void assertFailure(Runnable call, FailureKind kind, String evidence) {
    assertThatThrownBy(call::run)
        .asInstanceOf(InstanceOfAssertFactories.type(StepFailure.class))
        .satisfies(
            failure -> {
              assertThat(failure.kind()).isEqualTo(kind);
              assertThat(failure.evidence()).contains(evidence);
            });
  }
}
