package dev.uplift.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpServer;
import dev.uplift.command.Command;
import dev.uplift.command.CommandResult;
import dev.uplift.command.CommandRunner;
import dev.uplift.command.ProcessTree;
import dev.uplift.health.DowntimeMeter;
import dev.uplift.health.HealthNow;
import dev.uplift.health.Probe;
import dev.uplift.host.Cancellation;
import dev.uplift.host.StepFailure;
import dev.uplift.tenant.Slug;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class ServiceStepsTest {
  /** Both look again and again, but on a busy machine one of them may see it much later. */
  private static final Offset<Long> ABOUT = Offset.offset(2_000L);

  @TempDir Path directory;
  private final Probe probe = new Probe();
  private SampleTenant tenant;
  private Guard guard;
  private DowntimeMeter meter;

  @BeforeEach
  void startTenant() throws IOException {
    tenant = new SampleTenant(directory);
    guard = new Guard(tenant.paths);
    meter = new DowntimeMeter(probe);
    tenant.services.start(SampleTenant.API);
    tenant.services.start(SampleTenant.FRONTEND);
    SampleTenant.await("a healthy tenant", () -> problems("v0.2.0").isEmpty());
  }

  @AfterEach
  void stopTenant() {
    tenant.close();
  }

  @Test
  void anUpgradeStopsEverythingStartsEverythingAndMeasuresTheDowntime() throws Exception {
    long oldApi = tenant.pid(SampleTenant.API);
    try (OutsideClient client = new OutsideClient(tenant.apiPort, tenant.frontendPort)) {
      stop(Direction.FORWARD);
      assertThat(ProcessTree.startTime(oldApi)).isEmpty();
      assertThat(guard.reason(SampleTenant.API).orElseThrow()).contains("v0.3.0", "t1");
      assertThat(guard.isRaised(SampleTenant.FRONTEND)).isTrue();

      beDownForLong();
      tenant.deploy("v0.3.0");
      tenant.behave("frontend", "slow 3");
      start(Direction.FORWARD);
      assertThat(guard.isRaised(SampleTenant.API)).isFalse();
      StepResult result = check(Direction.FORWARD);

      assertThat(result.summary()).isEqualTo("Health check passed");
      assertThat(result.warnings())
          .singleElement()
          .asString()
          .contains(":" + tenant.frontendPort + "/")
          .doesNotContain("/health");
      assertThat(result.facts().downtimeMillis())
          .isGreaterThan(7_000)
          .isCloseTo(client.downtimeMillis(), ABOUT);
    }
  }

  @Test
  void aRestartedWorkerStillTellsTheDowntime() throws Exception {
    try (OutsideClient client = new OutsideClient(tenant.apiPort, tenant.frontendPort)) {
      stop(Direction.FORWARD);
      beDownForLong();
      tenant.deploy("v0.3.0");
      tenant.behave("frontend", "slow 3");
      start(Direction.FORWARD);
      meter.end(tenant.input(Direction.FORWARD).plan().upgradeId());
      meter = new DowntimeMeter(probe);

      assertThat(check(Direction.FORWARD).facts().downtimeMillis())
          .isCloseTo(client.downtimeMillis(), ABOUT);
    }
  }

  /** So that whoever counts from the start, and not from the last good answer, is far off. */
  private static void beDownForLong() throws InterruptedException {
    Thread.sleep(2 * ABOUT.value);
  }

  @Test
  void aSecondAttemptToStopKeepsTheLastGoodAnswerThatTheFirstOneNoted() {
    stop(Direction.FORWARD);
    String noted = tenant.notes.get(StopServices.LAST_GOOD).orElseThrow();

    stop(Direction.FORWARD);

    assertThat(tenant.notes.get(StopServices.LAST_GOOD)).contains(noted);
  }

  @Test
  void aSecondAttemptThatFindsOneServiceDownAlreadyKeepsTheEarlierNote() {
    tenant.notes.put(StopServices.LAST_GOOD, "1000");
    tenant.services.stop(SampleTenant.FRONTEND, Duration.ofSeconds(5));

    stop(Direction.FORWARD);

    assertThat(tenant.notes.get(StopServices.LAST_GOOD)).contains("1000");
  }

  @Test
  void aTenantThatAnsweredNothingBeforeHasNoDowntime() throws IOException {
    tenant.close();
    stop(Direction.FORWARD);
    tenant.deploy("v0.3.0");
    start(Direction.FORWARD);

    assertThat(check(Direction.FORWARD).facts().downtimeMillis()).isNull();
  }

  @Test
  void turningBackStartsOnlyWhatRanBefore() throws IOException {
    tenant.services.stop(SampleTenant.API, Duration.ofSeconds(5));
    stop(Direction.FORWARD);
    tenant.deploy("v0.3.0");
    start(Direction.FORWARD);
    StepInput back =
        tenant.input(Direction.BACK, false, List.of("t1-frontend"), Duration.ofSeconds(10));
    stopStep().run(back, tenant.context());
    tenant.deploy("v0.2.0");
    new StartServices(tenant.services, guard, meter).run(back, tenant.context());

    StepResult result = new CheckHealth(tenant.services, probe, meter).run(back, tenant.context());

    assertThat(result.facts().downtimeMillis()).isNull();
    assertThat(tenant.services.state(SampleTenant.API).running()).isFalse();
    assertThat(tenant.services.state(SampleTenant.FRONTEND).running()).isTrue();
  }

  @Test
  void whatRanIsWhatRanWhenItWasStoppedAndNotWhenItWasInspected() throws IOException {
    StepInput inspected =
        tenant.input(Direction.FORWARD, false, List.of("t1-frontend"), Duration.ofSeconds(10));
    stopStep().run(inspected, tenant.context());
    // A later attempt finds down what the first one stopped.
    stopStep().run(inspected, tenant.context());
    assertThat(StopServices.wereUp(inspected, tenant.notes::get))
        .containsExactly(SampleTenant.API, SampleTenant.FRONTEND);
    tenant.deploy("v0.2.0");

    new StartServices(tenant.services, guard, meter).run(inspected.back(), tenant.context());

    assertThat(tenant.services.state(SampleTenant.API).running()).isTrue();
    assertThat(tenant.services.state(SampleTenant.FRONTEND).running()).isTrue();
  }

  @Test
  void ofAnUpgradeThatStoppedNothingTheInspectionTellsWhatRan() {
    StepInput input =
        tenant.input(Direction.BACK, false, List.of("t1-frontend"), Duration.ofSeconds(10));

    assertThat(StopServices.wereUp(input, key -> Optional.empty()))
        .containsExactly(SampleTenant.FRONTEND);
  }

  @Test
  void anOldReleaseThatLacksWhatItNeedsIsStartedAgainUntilThatIsThere() throws Exception {
    Path redis = directory.resolve("redis");
    turnedBack("api", "needs " + redis);
    start(Direction.BACK);

    CompletableFuture<StepResult> health =
        CompletableFuture.supplyAsync(() -> check(Direction.BACK));
    SampleTenant.await("it died twice", () -> timesLogged("there is no " + redis) >= 2);
    assertThat(guard.isRaised(SampleTenant.API)).isFalse();
    Files.createFile(redis);

    assertThat(health.get().summary()).isEqualTo("Health check passed");
    assertThat(problems("v0.2.0")).isEmpty();
  }

  @Test
  void anOldReleaseThatDiesUntilItsDeadlineHasFailed() throws Exception {
    Path redis = directory.resolve("redis");
    turnedBack("api", "needs " + redis);
    StepInput back =
        tenant.input(
            Direction.BACK, true, List.of("t1-api", "t1-frontend"), Duration.ofSeconds(15));
    new StartServices(tenant.services, guard, meter).run(back, tenant.context());

    StepFailure failure = failure(() -> check(back));

    assertThat(failure.kind()).isEqualTo(FailureKind.CRASH_LOOP);
    assertThat(failure.evidence()).contains("there is no " + redis);
    assertThat(timesLogged("there is no " + redis))
        .as("the first, one a second in 15 seconds, and the last; not a busy loop")
        .isBetween(2L, 19L);
    assertThat(guard.isRaised(SampleTenant.API)).isFalse();
    assertThat(tenant.services.state(SampleTenant.FRONTEND).running()).isTrue();
  }

  @Test
  void anOldReleaseThatIsRefusedIsStartedAgainUntilItIsNot() throws Exception {
    turnedBack("api", "well");
    String definition = Files.readString(tenant.definitions.resolve("t1-api.yml"));
    Files.writeString(tenant.definitions.resolve("t1-api.yml"), "run: [nope/nope]\n");

    CompletableFuture<StepResult> started =
        CompletableFuture.supplyAsync(() -> start(Direction.BACK));
    SampleTenant.await(
        "the other one runs", () -> tenant.services.state(SampleTenant.FRONTEND).running());
    assertThat(started).isNotDone();
    Files.writeString(tenant.definitions.resolve("t1-api.yml"), definition);

    assertThat(started.get().summary()).isEqualTo("Services started");
    assertThat(check(Direction.BACK).summary()).isEqualTo("Health check passed");
  }

  @Test
  void anOldReleaseThatIsRefusedUntilItsDeadlineIsNotGuarded() throws Exception {
    turnedBack("api", "well");
    Files.writeString(tenant.definitions.resolve("t1-api.yml"), "run: [nope/nope]\n");
    StepInput back =
        tenant.input(Direction.BACK, true, List.of("t1-api", "t1-frontend"), Duration.ofSeconds(1));

    StepFailure failure =
        failure(() -> new StartServices(tenant.services, guard, meter).run(back, tenant.context()));

    assertThat(failure.kind()).isEqualTo(FailureKind.START_FAILED);
    assertThat(guard.isRaised(SampleTenant.API)).isFalse();
    assertThat(tenant.services.state(SampleTenant.FRONTEND).running()).isTrue();
  }

  @Test
  void afterARestartOfTheMachineServicesHaveTheWholeDeadlineAgain() throws Exception {
    stop(Direction.FORWARD);
    tenant.deploy("v0.3.0");
    tenant.behave("api", "slow 4");
    start(Direction.FORWARD);
    // As if that had been long ago, in another boot, and systemd had started them in this one.
    Instant longAgo = Instant.now().minusSeconds(600);
    tenant.notes.put("started_at_ms.forward", Long.toString(longAgo.toEpochMilli()));
    tenant.notes.put("started_in_boot.forward", "00000000-0000-0000-0000-000000000000");

    start(Direction.FORWARD);

    assertThat(StartServices.startedAt(Direction.FORWARD, tenant.notes).orElseThrow())
        .isAfter(longAgo.plusSeconds(500));
    assertThat(check(Direction.FORWARD).summary()).isEqualTo("Health check passed");
  }

  @Test
  void turningBackReportsTheWholeTimeSinceTheFirstStop() throws Exception {
    Instant begun = Instant.now();
    stop(Direction.FORWARD);
    tenant.deploy("v0.3.0");
    tenant.behave("api", "dies 0");
    start(Direction.FORWARD);
    failure(() -> check(Direction.FORWARD));
    stop(Direction.BACK);
    tenant.deploy("v0.2.0");
    tenant.behave("api", "well");
    start(Direction.BACK);

    assertThat(check(Direction.BACK).facts().downtimeMillis())
        .isBetween(100L, Duration.between(begun, Instant.now()).toMillis());
    assertThat(problems("v0.2.0")).isEmpty();
  }

  @Test
  void aStrangerWhoHasTheDatabaseOpenFailsTheStopAndIsNamed() throws Exception {
    Process stranger =
        new ProcessBuilder(
                SampleTenant.pythonCommand(
                    "import sys; f = open('"
                        + tenant.database
                        + "'); print('open', flush=True);"
                        + " sys.stdin.read()"))
            .start();
    try {
      assertThat(stranger.inputReader().readLine()).isEqualTo("open");

      StepFailure failure = failure(() -> stop(Direction.FORWARD));

      assertThat(failure.kind()).isEqualTo(FailureKind.STOP_FAILED);
      assertThat(failure.evidence()).contains(Long.toString(stranger.pid()), "pocket.db");
      // Nothing was changed, so turning back does not stop again: the stranger keeps nobody down.
      start(Direction.BACK);
      assertThat(check(Direction.BACK).facts().downtimeMillis()).isPositive();
    } finally {
      stranger.destroyForcibly().waitFor();
    }
  }

  @Test
  void whatStillReadsForAPreparationIsEndedAndFailsNothing() throws Exception {
    Slug id = tenant.input(Direction.FORWARD).plan().tenant().id();
    Path lock = tenant.paths.preparationLock(id);
    List<Path> told = List.of(directory.resolve("check.told"), directory.resolve("orphan.told"));
    List<CompletableFuture<CommandResult>> readers =
        told.stream().map(file -> CompletableFuture.supplyAsync(() -> read(file, lock))).toList();
    SampleTenant.await("both read", () -> told.stream().allMatch(Files::exists));

    assertThat(stop(Direction.FORWARD).summary()).isEqualTo("Services stopped");

    for (CompletableFuture<CommandResult> reader : readers) {
      assertThat(reader.get(10, TimeUnit.SECONDS).succeeded()).isFalse();
    }
  }

  /** Has the database open until somebody ends it. */
  private CommandResult read(Path told, Path lock) {
    String program =
        "import time; f = open('%s'); open('%s', 'w').close(); time.sleep(600)"
            .formatted(tenant.database, told);
    return CommandRunner.sharing(lock, Cancellation.NEVER)
        .run(
            new Command(
                SampleTenant.pythonCommand(program), directory, Map.of(), Duration.ofMinutes(1)));
  }

  @Test
  void aStragglerThatClosesTheDatabaseInTimeIsWaitedFor() throws Exception {
    Path closing = directory.resolve("closing");
    String program =
        """
        import sys, time
        f = open('%s-wal', 'w')
        print('open', flush=True)
        time.sleep(1)
        open('%s', 'w').close()
        f.close()
        sys.stdin.read()
        """
            .formatted(tenant.database, closing);
    Process straggler = new ProcessBuilder(SampleTenant.pythonCommand(program)).start();
    try {
      assertThat(straggler.inputReader().readLine()).isEqualTo("open");

      assertThat(stop(Direction.FORWARD).summary()).isEqualTo("Services stopped");

      assertThat(closing).exists();
    } finally {
      straggler.destroyForcibly().waitFor();
    }
  }

  @Test
  void aReleaseThatAnswersAsAnotherIsUnhealthyLongBeforeTheDeadline() throws IOException {
    stop(Direction.FORWARD);
    start(Direction.FORWARD);

    long begun = System.nanoTime();
    StepFailure failure = failure(() -> check(Direction.FORWARD));

    assertThat(failure.kind()).isEqualTo(FailureKind.UNHEALTHY);
    assertThat(failure.getMessage()).contains("v0.2.0", "v0.3.0");
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(20));
  }

  @Test
  void aServiceThatDiesAfterItWasHealthyIsACrashLoop() throws IOException {
    tenant.healthWindow = Duration.ofSeconds(20);
    StepFailure failure = failedUpgrade("dies 8");

    assertThat(failure.kind()).isEqualTo(FailureKind.CRASH_LOOP);
    assertThat(failure.getMessage()).contains("t1-api died");
    assertThat(failure.evidence()).contains("all checks hold", "--- log of t1-api");
  }

  @Test
  void aServiceThatImportsWhatIsNotInstalledLacksADependency() throws IOException {
    StepFailure failure = failedUpgrade("imports uplift_has_no_such_module");

    assertThat(failure.kind()).isEqualTo(FailureKind.MISSING_DEPENDENCY);
    assertThat(failure.getMessage()).contains("No module named 'uplift_has_no_such_module'");
    assertThat(failure.evidence()).contains("Traceback").doesNotContain("v0.2.0");
    assertThat(failure.advice()).contains("requirements");
  }

  @Test
  void aTakenPortIsAPortConflict() throws IOException {
    stop(Direction.FORWARD);
    tenant.deploy("v0.3.0");
    try (ServerSocket thief =
        new ServerSocket(tenant.apiPort, 5, InetAddress.getLoopbackAddress())) {
      start(Direction.FORWARD);

      StepFailure failure = failure(() -> check(Direction.FORWARD));

      assertThat(failure.kind()).isEqualTo(FailureKind.PORT_CONFLICT);
      assertThat(failure.getMessage()).contains("Address already in use");
      assertThat(thief.isBound()).isTrue();
    }
  }

  @Test
  void aTakenPortIsAPortConflictAlsoWhenItsHolderAnswersWell() throws IOException {
    stop(Direction.FORWARD);
    tenant.deploy("v0.3.0");
    HttpServer thief =
        HttpServer.create(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), tenant.apiPort), 5);
    thief.createContext("/", exchange -> exchange.sendResponseHeaders(200, -1));
    thief.start();
    try {
      start(Direction.FORWARD);

      assertThat(failure(() -> check(Direction.FORWARD)).kind())
          .isEqualTo(FailureKind.PORT_CONFLICT);
    } finally {
      thief.stop(0);
    }
  }

  @Test
  void aRedirectIsNotHealthy() throws IOException {
    stop(Direction.FORWARD);
    tenant.deploy("v0.3.0");
    tenant.behave("api", "redirect");
    start(Direction.FORWARD);

    StepFailure failure = failure(() -> check(tenant.inputWithDeadline(Duration.ofSeconds(10))));

    assertThat(failure.kind()).isEqualTo(FailureKind.UNHEALTHY);
    assertThat(failure.getMessage()).contains("302 (to /elsewhere)");
  }

  @Test
  void aPageLongerThanWhatIsReadIsHealthy() throws IOException {
    stop(Direction.FORWARD);
    tenant.deploy("v0.3.0");
    tenant.behave("frontend", "oversize");
    start(Direction.FORWARD);

    assertThat(check(Direction.FORWARD).summary()).isEqualTo("Health check passed");
  }

  @Test
  void aStartThatTakesLongerThanTheDeadlineIsUnhealthy() throws IOException {
    stop(Direction.FORWARD);
    tenant.deploy("v0.3.0");
    tenant.behave("api", "slow 30");
    start(Direction.FORWARD);

    StepFailure failure = failure(() -> check(tenant.inputWithDeadline(Duration.ofSeconds(1))));

    assertThat(failure.kind()).isEqualTo(FailureKind.UNHEALTHY);
    assertThat(failure.getMessage()).contains("/health does not answer");
  }

  @Test
  void aServiceThatWasStartedAnewBehindOurBackHasDied() throws IOException {
    stop(Direction.FORWARD);
    tenant.deploy("v0.3.0");
    start(Direction.FORWARD);
    tenant.services.stop(SampleTenant.API, Duration.ofSeconds(5));
    tenant.services.start(SampleTenant.API);

    assertThat(failure(() -> check(Direction.FORWARD)).getMessage())
        .contains("t1-api died and was started again");
  }

  @Test
  void aRefusedStartRaisesTheGuardAgain() throws IOException {
    stop(Direction.FORWARD);
    java.nio.file.Files.writeString(
        tenant.definitions.resolve("t1-frontend.yml"), "run: [nope/nope]\ndirectory: /tmp\n");

    StepFailure failure = failure(() -> start(Direction.FORWARD));

    assertThat(failure.kind()).isEqualTo(FailureKind.START_FAILED);
    assertThat(failure.evidence()).contains("nope/nope");
    assertThat(guard.isRaised(SampleTenant.API)).isTrue();
    assertThat(guard.isRaised(SampleTenant.FRONTEND)).isTrue();
  }

  @Test
  void aSecondAttemptToStartLeavesWhatRunsAlone() throws IOException {
    stop(Direction.FORWARD);
    tenant.deploy("v0.3.0");
    start(Direction.FORWARD);
    long pid = tenant.pid(SampleTenant.API);
    Instant startedAt = StartServices.startedAt(Direction.FORWARD, tenant.notes).orElseThrow();
    SampleTenant.await("the clock", () -> Instant.now().isAfter(startedAt.plusMillis(2)));

    start(Direction.FORWARD);

    assertThat(tenant.pid(SampleTenant.API)).isEqualTo(pid);
    assertThat(StartServices.startedAt(Direction.FORWARD, tenant.notes)).contains(startedAt);
    assertThat(check(Direction.FORWARD).summary()).isEqualTo("Health check passed");
  }

  @Test
  void theProblemsOfAnUnhealthyTenantAreNamed() {
    tenant.services.stop(SampleTenant.FRONTEND, Duration.ofSeconds(5));

    assertThat(problems("v0.9.0"))
        .hasSize(2)
        .anyMatch(problem -> problem.contains("answers as v0.2.0 instead of v0.9.0"))
        .anyMatch(problem -> problem.contains(tenant.frontendPort + "/ does not answer"));
  }

  /** Stopped, and on the disk what was before, which behaves like that now. */
  private void turnedBack(String service, String behaviour) throws IOException {
    stop(Direction.FORWARD);
    tenant.deploy("v0.2.0");
    tenant.behave(service, behaviour);
  }

  private long timesLogged(String text) {
    return tenant
        .services
        .logSince(SampleTenant.API, Instant.EPOCH, 64 * 1024)
        .lines()
        .filter(line -> line.contains(text))
        .count();
  }

  private StepFailure failedUpgrade(String behaviour) throws IOException {
    stop(Direction.FORWARD);
    tenant.deploy("v0.3.0");
    tenant.behave("api", behaviour);
    start(Direction.FORWARD);
    return failure(() -> check(tenant.inputWithDeadline(Duration.ofSeconds(60))));
  }

  private static StepFailure failure(org.assertj.core.api.ThrowableAssert.ThrowingCallable step) {
    return catchThrowableOfType(StepFailure.class, step);
  }

  private StopServices stopStep() {
    return new StopServices(tenant.services, guard, meter);
  }

  private StepResult stop(Direction direction) {
    return stopStep().run(tenant.input(direction), tenant.context());
  }

  private StepResult start(Direction direction) {
    return new StartServices(tenant.services, guard, meter)
        .run(tenant.input(direction), tenant.context());
  }

  private StepResult check(Direction direction) {
    return check(tenant.input(direction));
  }

  private StepResult check(StepInput input) {
    return new CheckHealth(tenant.services, probe, meter).run(input, tenant.context());
  }

  private List<String> problems(String version) {
    StepInput input = tenant.input(Direction.FORWARD);
    return new HealthNow(probe).problems(input.plan().tenant(), input.plan().profile(), version);
  }

  /** Asks both services every 10 ms, with the JDK's own client. */
  private static final class OutsideClient implements AutoCloseable {
    private final List<Poller> pollers;

    OutsideClient(int... ports) throws InterruptedException {
      pollers = java.util.Arrays.stream(ports).mapToObj(Poller::new).toList();
      pollers.forEach(Thread::start);
      SampleTenant.await("first answers", () -> pollers.stream().allMatch(p -> p.lastGood != 0));
    }

    long downtimeMillis() {
      SampleTenant.await("recovery", () -> pollers.stream().allMatch(p -> p.firstGoodAgain != 0));
      long down = pollers.stream().mapToLong(p -> p.lastGood).min().orElseThrow();
      long up = pollers.stream().mapToLong(p -> p.firstGoodAgain).max().orElseThrow();
      return (up - down) / 1_000_000;
    }

    @Override
    public void close() {
      pollers.forEach(Thread::interrupt);
    }

    private static final class Poller extends Thread {
      private final java.net.URL url;
      private volatile long lastGood;
      private volatile long firstGoodAgain;
      private volatile boolean wentDown;

      Poller(int port) {
        super("outside-client");
        try {
          url = java.net.URI.create("http://127.0.0.1:" + port + "/").toURL();
        } catch (java.net.MalformedURLException e) {
          throw new AssertionError(e);
        }
        setDaemon(true);
      }

      @Override
      public void run() {
        try {
          while (!isInterrupted()) {
            boolean good = ask();
            long now = System.nanoTime();
            if (good && !wentDown) {
              lastGood = now;
            } else if (good && firstGoodAgain == 0) {
              firstGoodAgain = now;
            } else if (!good) {
              wentDown = true;
            }
            Thread.sleep(10);
          }
        } catch (InterruptedException done) {
          interrupt();
        }
      }

      private boolean ask() {
        try {
          var connection = (java.net.HttpURLConnection) url.openConnection();
          // What is stopped refuses at once; what is slow is not down.
          connection.setConnectTimeout(10_000);
          connection.setReadTimeout(10_000);
          connection.setRequestProperty("Connection", "close");
          boolean good = connection.getResponseCode() == 200;
          connection.getInputStream().readAllBytes();
          return good;
        } catch (IOException down) {
          return false;
        }
      }
    }
  }
}
