package dev.uplift.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.engine.TaskQueues;
import dev.uplift.release.Tag;
import dev.uplift.rollout.Decision.Rule;
import dev.uplift.rollout.RolloutDesk.CancelOrder;
import dev.uplift.rollout.RolloutDesk.TenantOutcome;
import dev.uplift.rollout.Situation.Trouble;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.UpgradeReport;
import dev.uplift.upgrade.UpgradeStatus;
import io.temporal.api.enums.v1.WorkflowExecutionStatus;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.failure.CanceledFailure;
import io.temporal.testing.TestWorkflowEnvironment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class RolloutWorkflowTest {
  private static final List<String> TEST = List.of("testsite@one");
  private static final List<String> CANARY = List.of("canary@one");
  private static final List<String> REST = List.of("a@one", "b@one", "c@two", "d@two");

  private final FakeDesk desk = new FakeDesk();
  private TestWorkflowEnvironment engine;

  @BeforeEach
  void startEngine() {
    ScriptedUpgrades.ENDS.clear();
    ScriptedUpgrades.ALIKE.clear();
    ScriptedUpgrades.THERE.clear();
    ScriptedUpgrades.SILENT.clear();
    ScriptedUpgrades.BEGUN.clear();
    ScriptedRehearsals.FAILING.clear();
    ScriptedRehearsals.SILENT.clear();
    engine = TestWorkflowEnvironment.newInstance();
    engine
        .newWorker(TaskQueues.WORKFLOWS)
        .registerWorkflowImplementationTypes(
            RolloutWorkflowImpl.class, ScriptedUpgrades.class, ScriptedRehearsals.class);
    engine.newWorker(TaskQueues.API).registerActivitiesImplementations(desk);
    engine.newWorker(TaskQueues.API_ASKING_HOSTS).registerActivitiesImplementations(desk);
    engine.start();
  }

  @AfterEach
  void stopEngine() {
    engine.close();
  }

  @Test
  void waveAfterWaveEveryTenantIsUpgradedOnce() {
    RolloutProgress ended = end(start(2, false, Duration.ZERO, List.of(TEST, CANARY, REST)));

    assertThat(ended.status()).isEqualTo(RolloutStatus.SUCCESS);
    assertThat(ended.counts()).isEqualTo(Map.of(Outcome.SUCCESS, 6));
    assertThat(desk.admitted).startsWith("testsite", "canary").hasSize(6).doesNotHaveDuplicates();
    assertThat(desk.outcomes)
        .hasSize(6)
        .allSatisfy(one -> assertThat(one.downtimeMillis()).isEqualTo(812));
    assertThat(desk.statuses).containsExactly(RolloutStatus.RUNNING, RolloutStatus.SUCCESS);
  }

  @Test
  void aCanaryThatFailsKeepsProductionFromBeingTouchedUntilAPersonResumes() {
    ScriptedUpgrades.ENDS.put("canary", UpgradeStatus.ROLLED_BACK);
    WorkflowStub run = start(2, false, Duration.ZERO, List.of(TEST, CANARY, REST));

    RolloutProgress halted = await(run, progress -> progress.status() == RolloutStatus.HALTED);
    assertThat(halted.halt().rule()).isEqualTo(Rule.MAX_FAILURES);
    assertThat(halted.halt().tenants()).containsExactly("canary");
    assertThat(desk.admitted).containsExactly("testsite", "canary");

    run.update("resume", Void.class, "the canary is special");
    RolloutProgress ended = end(run);
    assertThat(ended.status()).isEqualTo(RolloutStatus.PARTIAL);
    assertThat(ended.counts()).isEqualTo(Map.of(Outcome.SUCCESS, 5, Outcome.ROLLED_BACK, 1));
    assertThat(ended.troubles()).extracting(Trouble::tenant).containsExactly("canary");
  }

  @Test
  void aHaltedOneThatIsAbortedTouchesNobodyElse() {
    ScriptedUpgrades.ENDS.put("canary", UpgradeStatus.NEEDS_ATTENTION);
    WorkflowStub run = start(2, false, Duration.ZERO, List.of(TEST, CANARY, REST));
    await(run, progress -> progress.status() == RolloutStatus.HALTED);

    run.update("abort", Void.class, (Object) null);

    assertThat(end(run).status()).isEqualTo(RolloutStatus.ABORTED);
    assertThat(desk.admitted).containsExactly("testsite", "canary");
    assertThat(desk.statuses).last().isEqualTo(RolloutStatus.ABORTED);
  }

  @Test
  void theNextWaveWaitsForABakeAndForAnApproval() {
    WorkflowStub run = start(2, true, Duration.ofHours(1), List.of(TEST, REST));

    await(run, progress -> progress.status() == RolloutStatus.BAKING);
    assertThatThrownBy(() -> run.update("approve", Void.class, "early"))
        .hasStackTraceContaining("No wave of the rollout waits for an approval.");
    engine.sleep(Duration.ofMinutes(61));
    await(run, progress -> progress.status() == RolloutStatus.WAITING_FOR_APPROVAL);
    assertThat(desk.admitted).containsExactly("testsite");

    run.update("approve", Void.class, "looks good");
    assertThat(end(run).status()).isEqualTo(RolloutStatus.SUCCESS);
  }

  @Test
  void aPausedOneStartsNobodyUntilItIsResumed() {
    WorkflowStub run = start(1, true, Duration.ZERO, List.of(TEST, REST));
    await(run, progress -> progress.status() == RolloutStatus.WAITING_FOR_APPROVAL);
    run.update("pause", Void.class, "lunch");
    await(run, progress -> last(desk.statuses) == RolloutStatus.PAUSED);
    assertThatThrownBy(() -> run.update("pause", Void.class, "again"))
        .hasStackTraceContaining("The rollout is paused already.");
    run.update("approve", Void.class, "go");
    engine.sleep(Duration.ofHours(1));
    assertThat(desk.admitted).containsExactly("testsite");

    run.update("resume", Void.class, "back");
    assertThat(end(run).status()).isEqualTo(RolloutStatus.SUCCESS);
    assertThatThrownBy(() -> run.update("resume", Void.class, "late")).isNotNull();
  }

  @Test
  void whoeverAsksIsToldAtOnceOfAPauseWhileAWaveIsWatched() {
    WorkflowStub run = start(1, false, Duration.ofHours(1), List.of(TEST, REST));
    await(run, progress -> progress.status() == RolloutStatus.BAKING);

    run.update("pause", Void.class, "lunch");
    await(run, progress -> last(desk.statuses) == RolloutStatus.PAUSED);
    run.update("resume", Void.class, "back");
    await(run, progress -> last(desk.statuses) == RolloutStatus.BAKING);

    assertThat(desk.admitted).containsExactly("testsite");
    engine.sleep(Duration.ofHours(3));
    assertThat(end(run).status()).isEqualTo(RolloutStatus.SUCCESS);
  }

  @Test
  void aTenantThatSomethingElseWorksOnIsTriedAgainAtTheEndOfItsWave() {
    keepBusy("b");

    RolloutProgress ended = end(start(4, false, Duration.ZERO, List.of(REST)));

    assertThat(ended.counts()).isEqualTo(Map.of(Outcome.SUCCESS, 4));
    assertThat(desk.admitted).containsExactly("a", "b", "c", "d", "b");
    assertThat(desk.outcomes)
        .filteredOn(one -> one.tenant().equals("b"))
        .extracting(TenantOutcome::outcome)
        .containsExactly(Outcome.BUSY, Outcome.SUCCESS);
  }

  @Test
  void whoIsHeldOrGoneIsListedAndTheOthersAreUpgraded() {
    desk.refused.put("a", Outcome.HELD);
    desk.refused.put("c", Outcome.GONE);

    RolloutProgress ended = end(start(2, false, Duration.ZERO, List.of(REST)));

    assertThat(ended.status()).isEqualTo(RolloutStatus.PARTIAL);
    assertThat(ended.counts())
        .isEqualTo(Map.of(Outcome.SUCCESS, 2, Outcome.HELD, 1, Outcome.GONE, 1));
  }

  @Test
  void manyAreUpgradedByOneRunAfterTheOtherEachOnce() {
    List<String> many = IntStream.range(0, 450).mapToObj(i -> "t" + i + "@host" + i % 7).toList();
    WorkflowStub run = start(50, false, Duration.ZERO, List.of(many));

    RolloutProgress ended = end(run);

    assertThat(ended.counts()).isEqualTo(Map.of(Outcome.SUCCESS, 450));
    assertThat(desk.admitted).hasSize(450);
    assertThat(new HashSet<>(desk.admitted)).hasSize(450);
    assertThat(desk.ticketsAtOnce).as("whole plans come back").allMatch(size -> size <= 20);
  }

  @Test
  void aTenantThatFallsIllWhileItsWaveIsWatchedHaltsTheRollout() {
    desk.ill.add("testsite");
    WorkflowStub run = start(2, false, Duration.ofHours(1), List.of(TEST, REST));

    RolloutProgress halted = await(run, progress -> progress.status() == RolloutStatus.HALTED);
    assertThat(halted.halt().rule()).isEqualTo(Rule.MAX_FAILURES);
    assertThat(halted.counts()).isEqualTo(Map.of(Outcome.FAILED_LATE, 1));
    assertThat(desk.admitted).containsExactly("testsite");

    assertThat(desk.outcomes)
        .extracting(TenantOutcome::outcome)
        .containsExactly(Outcome.SUCCESS, Outcome.FAILED_LATE);
    run.update("resume", Void.class, "it was the load balancer");
    engine.sleep(Duration.ofHours(3));
    RolloutProgress ended = end(run);
    assertThat(ended.status()).isEqualTo(RolloutStatus.PARTIAL);
    assertThat(ended.counts()).isEqualTo(Map.of(Outcome.SUCCESS, 4, Outcome.FAILED_LATE, 1));
  }

  @Test
  void whoWaitsForASilentHostIsNotWaitedFor() {
    ScriptedUpgrades.SILENT.add("b");
    desk.stalled.add("b");

    WorkflowStub run = start(1, false, Duration.ZERO, List.of(REST));
    RolloutProgress halted = await(run, progress -> progress.status() == RolloutStatus.HALTED);
    assertThat(halted.halt().tenants()).containsExactly("b");
    assertThat(halted.running()).isEmpty();
    run.update("resume", Void.class, "the host is being mended");

    RolloutProgress ended = end(run);
    assertThat(ended.counts()).isEqualTo(Map.of(Outcome.SUCCESS, 3, Outcome.STALLED, 1));
    assertThat(desk.outcomes)
        .filteredOn(one -> one.tenant().equals("b"))
        .extracting(TenantOutcome::outcome)
        .containsExactly(Outcome.STALLED);
  }

  @Test
  void whoWaitsForASilentHostIsFoundHoweverMuchTheOthersGetDone() {
    ScriptedUpgrades.SILENT.add("silent");
    desk.stalled.add("silent");
    List<String> many = new ArrayList<>(List.of("silent@one"));
    IntStream.range(0, 100).forEach(i -> many.add("t" + i + "@two"));

    WorkflowStub run = start(2, false, Duration.ZERO, List.of(many));

    RolloutProgress halted = await(run, progress -> progress.status() == RolloutStatus.HALTED);
    assertThat(halted.halt().tenants()).containsExactly("silent");
    // The others take ten seconds each, one after the other.
    assertThat(desk.admitted).hasSizeLessThan(20);
  }

  @Test
  void aWaveOfWhichNobodyWasTouchedProvesNothing() {
    desk.refused.put("canary", Outcome.HELD);
    WorkflowStub run = start(2, false, Duration.ZERO, List.of(TEST, CANARY, REST));

    RolloutProgress halted = await(run, progress -> progress.status() == RolloutStatus.HALTED);
    assertThat(halted.halt().rule()).isEqualTo(Rule.NOTHING_PROVEN);
    assertThat(halted.halt().message())
        .isEqualTo(
            "No tenant of wave 'wave 2' runs v0.3.0, so nothing is proven."
                + " Resume to go on all the same.");
    assertThat(desk.admitted).containsExactly("testsite");

    run.update("resume", Void.class, "the test site will do");
    RolloutProgress ended = end(run);
    assertThat(ended.status()).isEqualTo(RolloutStatus.PARTIAL);
    assertThat(ended.counts()).isEqualTo(Map.of(Outcome.SUCCESS, 5, Outcome.HELD, 1));
  }

  @Test
  void aPauseDoesNotMakeFailuresSeen() {
    ScriptedUpgrades.ENDS.put("a", UpgradeStatus.ROLLED_BACK);
    ScriptedUpgrades.ENDS.put("c", UpgradeStatus.ROLLED_BACK);
    RolloutOrder none = order(1, false, Duration.ZERO, List.of(REST), RehearsalMode.NONE);
    Limits bearsOne = new Limits(1, 1, FailureLimit.of("1"), true);
    RolloutOrder order =
        new RolloutOrder(
            none.id(), none.target(), none.waves(), bearsOne, none.rehearsal(), "test");
    WorkflowStub run = stub(order);

    run.start(order, null);
    await(run, progress -> progress.counts().containsKey(Outcome.ROLLED_BACK));
    run.update("pause", Void.class, "lunch");
    run.update("resume", Void.class, "back");

    RolloutProgress halted = await(run, progress -> progress.status() == RolloutStatus.HALTED);
    assertThat(halted.halt().tenants()).containsExactly("a", "c");
  }

  @Test
  void whoeverAbortsMayHaveRehearsalsGiveUp() {
    ScriptedRehearsals.SILENT.add("a");
    WorkflowStub run = start(1, false, Duration.ZERO, List.of(REST), RehearsalMode.HALT);
    await(run, progress -> progress.running().contains("a"));

    run.update("abort", Void.class, new CancelOrder("wrong release", "test"));

    await(run, progress -> progress.status() == RolloutStatus.ABORTED);
    assertThat(desk.admitted).isEmpty();
  }

  @Test
  void whoeverAbortsMayHaveWhatRunsGiveUp() {
    ScriptedUpgrades.SILENT.add("a");
    WorkflowStub run = start(1, false, Duration.ZERO, List.of(REST));
    await(run, progress -> progress.running().contains("a"));

    run.update("abort", Void.class, new CancelOrder("wrong release", "test"));

    await(run, progress -> desk.cancelled.contains("a"));
    assertThat(end(run).status()).isEqualTo(RolloutStatus.ABORTED);
    assertThat(desk.admitted).containsExactly("a");
  }

  @Test
  void whoeverAbortsMayHaveWhatWaitsForASilentHostGiveUp() {
    ScriptedUpgrades.SILENT.add("a");
    desk.stalled.add("a");
    WorkflowStub run = start(1, false, Duration.ZERO, List.of(REST));
    await(run, progress -> progress.status() == RolloutStatus.HALTED);

    run.update("abort", Void.class, new CancelOrder("wrong release", "test"));

    assertThat(end(run).status()).isEqualTo(RolloutStatus.ABORTED);
    assertThat(desk.cancelled).containsExactly("a");
  }

  @Test
  void aDryRunTellsWhatWouldBecomeOfEachTenantAndUpgradesNobody() {
    ScriptedRehearsals.FAILING.add("c");

    RolloutProgress ended =
        end(start(2, true, Duration.ofHours(1), List.of(TEST, REST), RehearsalMode.LOOK));

    assertThat(ended.status()).isEqualTo(RolloutStatus.PARTIAL);
    assertThat(ended.rehearsed()).isEqualTo(Map.of(Outcome.WOULD_UPGRADE, 4, Outcome.REJECTED, 1));
    assertThat(ended.counts()).isEmpty();
    assertThat(desk.admitted).isEmpty();
    assertThat(desk.outcomes).isEmpty();
    assertThat(desk.rehearsals)
        .hasSize(5)
        .allSatisfy(one -> assertThat(one.report().migrationsMillis()).isNull());
    assertThat(desk.rehearsals)
        .filteredOn(one -> one.outcome() == Outcome.REJECTED)
        .singleElement()
        .satisfies(one -> assertThat(one.message()).isEqualTo("RehearseMigrations: It fails."));
  }

  @Test
  void aRehearsalThatFailsKeepsEverybodyUpUntilAPersonLeavesItOut() {
    ScriptedRehearsals.FAILING.add("c");
    WorkflowStub run = start(2, false, Duration.ZERO, List.of(TEST, REST), RehearsalMode.HALT);

    RolloutProgress halted = await(run, progress -> progress.status() == RolloutStatus.HALTED);
    assertThat(halted.halt().rule()).isEqualTo(Rule.REHEARSAL);
    assertThat(halted.halt().tenants()).containsExactly("c");
    assertThat(desk.admitted).isEmpty();

    run.update("resume", Void.class, "without c");
    RolloutProgress ended = end(run);
    assertThat(ended.status()).isEqualTo(RolloutStatus.PARTIAL);
    assertThat(ended.counts()).isEqualTo(Map.of(Outcome.SUCCESS, 4, Outcome.LEFT_OUT, 1));
    assertThat(desk.admitted).containsExactlyInAnyOrder("testsite", "a", "b", "d");
  }

  @Test
  void thoseWhoseRehearsalFailsAreLeftOutWithoutAskingIfThatIsWanted() {
    ScriptedRehearsals.FAILING.add("c");

    RolloutProgress ended =
        end(start(2, false, Duration.ZERO, List.of(TEST, REST), RehearsalMode.LEAVE_OUT));

    assertThat(ended.counts()).isEqualTo(Map.of(Outcome.SUCCESS, 4, Outcome.LEFT_OUT, 1));
    assertThat(desk.statuses)
        .containsExactly(RolloutStatus.REHEARSING, RolloutStatus.RUNNING, RolloutStatus.PARTIAL);
  }

  @Test
  void aCanaryThatIsLeftOutProvesNothing() {
    ScriptedRehearsals.FAILING.add("testsite");
    WorkflowStub run = start(2, false, Duration.ZERO, List.of(TEST, REST), RehearsalMode.LEAVE_OUT);

    RolloutProgress halted = await(run, progress -> progress.status() == RolloutStatus.HALTED);
    assertThat(halted.halt().rule()).isEqualTo(Rule.NOTHING_PROVEN);
    assertThat(desk.admitted).isEmpty();

    run.update("resume", Void.class, "the others will do");
    assertThat(end(run).counts()).isEqualTo(Map.of(Outcome.SUCCESS, 4, Outcome.LEFT_OUT, 1));
  }

  @Test
  void aCanaryThatFallsIllProvesNothingHoweverManyFailuresAreBorne() {
    desk.ill.add("testsite");
    RolloutOrder order =
        order(
            new Limits(2, 2, FailureLimit.of("3"), true),
            false,
            Duration.ofHours(1),
            List.of(TEST, REST),
            RehearsalMode.NONE);
    WorkflowStub run = stub(order);
    run.start(order, null);
    engine.sleep(Duration.ofMinutes(61));

    RolloutProgress halted = await(run, progress -> progress.status() == RolloutStatus.HALTED);

    assertThat(halted.halt().rule()).isEqualTo(Rule.NOTHING_PROVEN);
    assertThat(halted.counts()).isEqualTo(Map.of(Outcome.FAILED_LATE, 1));
    assertThat(desk.admitted).containsExactly("testsite");
  }

  @Test
  void whoWasStalledIsToldAsItEndsWhenItsHostIsBack() {
    ScriptedUpgrades.SILENT.add("b");
    desk.stalled.add("b");
    WorkflowStub run = start(1, false, Duration.ZERO, List.of(REST));
    await(run, progress -> progress.status() == RolloutStatus.HALTED);

    engine.sleep(Duration.ofHours(4));

    RolloutProgress back =
        await(run, progress -> progress.counts().getOrDefault(Outcome.STALLED, 0) == 0);
    assertThat(back.status()).as("a person has not seen it").isEqualTo(RolloutStatus.HALTED);
    run.update("resume", Void.class, "the host is back");
    assertThat(end(run).counts()).isEqualTo(Map.of(Outcome.SUCCESS, 4));
    assertThat(desk.outcomes)
        .filteredOn(one -> one.tenant().equals("b"))
        .extracting(TenantOutcome::outcome)
        .containsExactly(Outcome.STALLED, Outcome.SUCCESS);
  }

  @Test
  void whoWasStalledAndGotThereIsNoFailureAnyMore() {
    ScriptedUpgrades.SILENT.add("a");
    desk.stalled.add("a");
    ScriptedUpgrades.ENDS.put("d", UpgradeStatus.ROLLED_BACK);
    RolloutOrder order =
        order(
            new Limits(1, 1, FailureLimit.of("1"), true),
            true,
            Duration.ZERO,
            List.of(List.of("a@one", "b@one"), List.of("c@two", "d@two")),
            RehearsalMode.NONE);
    WorkflowStub run = stub(order);
    run.start(order, null);
    RolloutProgress waiting =
        await(run, progress -> progress.status() == RolloutStatus.WAITING_FOR_APPROVAL);
    assertThat(waiting.counts()).isEqualTo(Map.of(Outcome.SUCCESS, 1, Outcome.STALLED, 1));

    engine.sleep(Duration.ofHours(4));
    run.update("approve", Void.class, "its host is back");

    RolloutProgress ended = end(run);
    assertThat(ended.counts()).isEqualTo(Map.of(Outcome.SUCCESS, 3, Outcome.ROLLED_BACK, 1));
    assertThat(ended.troubles()).extracting(Trouble::tenant).containsExactly("d");
  }

  @Test
  void anAbortWhileTheLastOfARunAreWrittenDownEndsIt() {
    List<String> many = IntStream.range(0, 201).mapToObj(i -> "t" + i + "@one").toList();
    RolloutOrder order = order(50, false, Duration.ZERO, List.of(many), RehearsalMode.NONE);
    WorkflowStub run = stub(order);
    desk.whenAreWrittenDown(200, () -> run.update("abort", Void.class, (Object) null));

    run.start(order, null);

    assertThat(end(run).status()).isEqualTo(RolloutStatus.ABORTED);
    assertThat(desk.admitted).hasSize(200);
  }

  @Test
  void aPersonHasSeenAGateOnlyIfAllOfItIsLeftOut() {
    ScriptedRehearsals.FAILING.add("testsite");
    desk.refused.put("canary", Outcome.HELD);
    WorkflowStub run =
        start(
            2,
            false,
            Duration.ZERO,
            List.of(List.of("testsite@one", "canary@one"), REST),
            RehearsalMode.HALT);
    await(run, progress -> progress.status() == RolloutStatus.HALTED);
    run.update("resume", Void.class, "without the test site");

    RolloutProgress halted =
        await(
            run,
            progress -> progress.halt() != null && progress.halt().rule() == Rule.NOTHING_PROVEN);

    assertThat(halted.counts()).isEqualTo(Map.of(Outcome.LEFT_OUT, 1, Outcome.HELD, 1));
  }

  @Test
  void whoseHostHasNoWorkerIsTriedAgainAtTheEndOfItsWave() {
    desk.awayTwice.add("b");

    RolloutProgress ended = end(start(4, false, Duration.ZERO, List.of(REST)));

    assertThat(ended.counts()).isEqualTo(Map.of(Outcome.SUCCESS, 4));
    assertThat(desk.outcomes)
        .filteredOn(one -> one.tenant().equals("b"))
        .extracting(TenantOutcome::outcome)
        .containsExactly(Outcome.AWAY, Outcome.AWAY, Outcome.SUCCESS);
  }

  @Test
  void anAbortDoesNotWaitForHostsThatAreAskedHowTheirTenantsAre() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    desk.duringProbe =
        () -> {
          try {
            never.await(1, TimeUnit.MINUTES);
          } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
          }
        };
    WorkflowStub run = start(2, false, Duration.ofHours(1), List.of(TEST, REST));
    await(run, progress -> desk.probes.get() > 0);

    run.update("abort", Void.class, (Object) null);

    await(run, progress -> progress.status() == RolloutStatus.ABORTED);
    assertThat(never.getCount()).isOne();
    never.countDown();
  }

  @Test
  void whoIsBusyWhenARunIsFullIsTriedAgainInItsOwnWave() {
    List<String> fullRun = IntStream.range(0, 200).mapToObj(i -> "t" + i + "@one").toList();
    keepBusy("t7");

    RolloutProgress ended =
        end(start(50, false, Duration.ZERO, List.of(fullRun, List.of("last@one"))));

    assertThat(ended.status()).isEqualTo(RolloutStatus.SUCCESS);
    assertThat(ended.counts()).isEqualTo(Map.of(Outcome.SUCCESS, 201));
    assertThat(desk.admitted).hasSize(202).endsWith("t7", "last");
  }

  @Test
  void whatIsPausedWhileTenantsAreAdmittedStartsNoneOfThem() {
    RolloutOrder order = order(4, false, Duration.ZERO, List.of(REST), RehearsalMode.NONE);
    WorkflowStub run = stub(order);
    desk.duringAdmission = () -> run.update("pause", Void.class, "wait");

    run.start(order, null);
    await(run, progress -> progress.status() == RolloutStatus.PAUSED);
    engine.sleep(Duration.ofMinutes(10));
    assertThat(desk.admitted).isEmpty();
    assertThat(desk.outcomes).isEmpty();

    run.update("resume", Void.class, "go");
    assertThat(end(run).counts()).isEqualTo(Map.of(Outcome.SUCCESS, 4));
    assertThat(desk.admitted).containsExactlyInAnyOrder("a", "b", "c", "d");
  }

  @Test
  void aTerminatedRolloutLeavesItsUpgradesAlone() {
    WorkflowStub run = start(4, false, Duration.ZERO, List.of(REST));
    await(run, progress -> ScriptedUpgrades.BEGUN.containsAll(List.of("a", "b", "c", "d")));

    run.terminate("in the Temporal UI");

    WorkflowClient client = engine.getWorkflowClient();
    for (String tenant : List.of("a", "b", "c", "d")) {
      WorkflowStub upgrade = client.newUntypedWorkflowStub("upgrade/" + tenant);
      upgrade.getResult(Object.class);
      assertThat(upgrade.describe().getStatus())
          .isEqualTo(WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_COMPLETED);
    }
  }

  @Test
  void whatHappensToARolloutCancelsNoUpgrade() {
    WorkflowStub run = start(4, false, Duration.ZERO, List.of(REST));
    await(run, progress -> ScriptedUpgrades.BEGUN.containsAll(List.of("a", "b", "c", "d")));

    run.cancel();

    assertThatThrownBy(() -> end(run)).hasCauseInstanceOf(CanceledFailure.class);
    for (String tenant : List.of("a", "b", "c", "d")) {
      WorkflowStub upgrade = engine.getWorkflowClient().newUntypedWorkflowStub("upgrade/" + tenant);
      assertThat(upgrade.getResult(UpgradeReport.class).status()).isEqualTo(UpgradeStatus.SUCCESS);
    }
  }

  @Test
  void twoThatFailAlikeHaltBelowTheLimitAndTheReportSaysWhy() {
    for (String tenant : List.of("a", "b", "c", "d")) {
      ScriptedUpgrades.ENDS.put(tenant, UpgradeStatus.ROLLED_BACK);
      ScriptedUpgrades.ALIKE.add(tenant);
    }
    RolloutOrder order =
        order(
            new Limits(1, 1, FailureLimit.of("100%"), true),
            false,
            Duration.ZERO,
            List.of(REST),
            RehearsalMode.NONE);
    WorkflowStub run = stub(order);
    run.start(order, null);

    RolloutProgress halted = await(run, progress -> progress.status() == RolloutStatus.HALTED);

    assertThat(halted.halt().rule()).isEqualTo(Rule.COMMON_CAUSE);
    assertThat(halted.halt().tenants()).containsExactly("a", "b");
    assertThat(halted.halt().signature())
        .isEqualTo(
            new Signature(
                "RunMigrations",
                FailureKind.MIGRATION_FAILED,
                "Row <n> of <tenant> does not fit."));
    assertThat(desk.admitted).containsExactly("a", "b");
  }

  @Test
  void whoIsAtTheTargetIsDone() {
    ScriptedUpgrades.THERE.addAll(List.of("testsite", "a", "b", "c", "d"));

    RolloutProgress ended = end(start(2, false, Duration.ZERO, List.of(TEST, REST)));

    assertThat(ended.status()).isEqualTo(RolloutStatus.SUCCESS);
    assertThat(ended.counts()).isEqualTo(Map.of(Outcome.ALREADY_THERE, 5));
  }

  private WorkflowStub start(
      int atOnce, boolean approval, Duration bake, List<List<String>> tenants) {
    return start(atOnce, approval, bake, tenants, RehearsalMode.NONE);
  }

  /** Somebody upgrades it otherwise. */
  private void keepBusy(String tenant) {
    WorkflowStub other =
        engine
            .getWorkflowClient()
            .newUntypedWorkflowStub(
                "UpgradeWorkflow",
                WorkflowOptions.newBuilder()
                    .setWorkflowId("upgrade/" + tenant)
                    .setTaskQueue(TaskQueues.WORKFLOWS)
                    .build());
    UUID somebodyElse = UUID.randomUUID();
    desk.waves.put(somebodyElse, List.of());
    other.start(
        desk.admitTenants(somebodyElse, List.of(new RolloutDesk.Ticket(tenant, somebodyElse)))
            .get(0)
            .plan());
    desk.admitted.clear();
  }

  private WorkflowStub start(
      int atOnce,
      boolean approval,
      Duration bake,
      List<List<String>> tenants,
      RehearsalMode rehearsal) {
    RolloutOrder order = order(atOnce, approval, bake, tenants, rehearsal);
    WorkflowStub run = stub(order);
    run.start(order, null);
    return run;
  }

  private RolloutOrder order(
      int atOnce,
      boolean approval,
      Duration bake,
      List<List<String>> tenants,
      RehearsalMode rehearsal) {
    return order(
        new Limits(atOnce, atOnce, FailureLimit.NONE, true), approval, bake, tenants, rehearsal);
  }

  private RolloutOrder order(
      Limits limits,
      boolean approval,
      Duration bake,
      List<List<String>> tenants,
      RehearsalMode rehearsal) {
    UUID id = UUID.randomUUID();
    desk.waves.put(id, tenants);
    List<Wave> waves = new ArrayList<>();
    for (int i = 0; i < tenants.size(); i++) {
      boolean gate = i < tenants.size() - 1;
      waves.add(
          new Wave("wave " + (i + 1), tenants.get(i).size(), gate, bake.toSeconds(), approval));
    }
    return new RolloutOrder(id, Tag.of("v0.3.0"), waves, limits, rehearsal, "test");
  }

  private WorkflowStub stub(RolloutOrder order) {
    return WorkflowStub.fromTyped(
        engine
            .getWorkflowClient()
            .newWorkflowStub(
                RolloutWorkflow.class,
                WorkflowOptions.newBuilder()
                    .setWorkflowId(RolloutWorkflow.idFor(order.id()))
                    .setTaskQueue(TaskQueues.WORKFLOWS)
                    .build()));
  }

  private static <T> T last(List<T> values) {
    return values.get(values.size() - 1);
  }

  private static RolloutProgress end(WorkflowStub run) {
    return run.getResult(RolloutProgress.class);
  }

  private RolloutProgress await(WorkflowStub run, Predicate<RolloutProgress> reached) {
    long deadline = System.nanoTime() + Duration.ofSeconds(90).toNanos();
    while (true) {
      RolloutProgress progress = run.query("progress", RolloutProgress.class);
      if (reached.test(progress)) {
        return progress;
      }
      assertThat(System.nanoTime() - deadline).as("still %s", progress).isNegative();
      engine.sleep(Duration.ofSeconds(1));
    }
  }
}
