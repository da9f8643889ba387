package dev.uplift.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.uplift.journal.Journal;
import dev.uplift.journal.JournalState.Phase;
import dev.uplift.journal.Journals;
import dev.uplift.tenant.HostName;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class CutoverTest {
  private static final List<Step> FORWARD =
      List.of(
          Step.STOP_SERVICES,
          Step.BACK_UP_DATABASE,
          Step.CHECK_OUT_RELEASE,
          Step.INSTALL_DEPENDENCIES,
          Step.RUN_MIGRATIONS,
          Step.START_SERVICES,
          Step.CHECK_HEALTH);
  private static final List<Step> BACK =
      List.of(
          Step.STOP_SERVICES,
          Step.RESTORE_DATABASE,
          Step.RESTORE_DEPENDENCIES,
          Step.RESTORE_CODE,
          Step.START_SERVICES,
          Step.CHECK_HEALTH);

  private static final Duration START_PATIENCE = Duration.ofMillis(200);

  @TempDir Path state;
  private final List<String> effects = new CopyOnWriteArrayList<>();
  private final Map<Step, HostStep> steps = new EnumMap<>(Step.class);
  private StepInput input;
  private HostName hostName;
  private Journals journals;
  private TenantLocks locks;
  private Cutover cutover;
  private String code = "old";
  private Consumer<StepInput> beforeStop = in -> {};
  private boolean goingDown;
  private Duration strangersPatience = Duration.ofMillis(1);

  @BeforeEach
  void wire() throws IOException {
    Path checkout = Files.createDirectory(state.resolve("checkout"));
    input = Plans.input(UUID.randomUUID(), checkout.toString());
    hostName = input.plan().tenant().host();
    HostPaths paths = new HostPaths(state);
    journals = new Journals(paths);
    locks = new TenantLocks(paths);
    for (Step step : Step.values()) {
      steps.put(step, (in, context) -> effect(step, in));
    }
    steps.put(
        Step.BACK_UP_DATABASE,
        (in, context) ->
            effect(Step.BACK_UP_DATABASE, in).withFacts(StepResult.Facts.backup("/b", "db1")));
    build();
  }

  private void build() {
    cutover =
        new Cutover(
            new HostPaths(state),
            journals,
            locks,
            new Territory(configuration()),
            steps,
            new Fingerprint(in -> code, in -> "set1", in -> "db1"),
            in -> beforeStop.accept(in),
            in -> effects.add("guarded"),
            (in, journal) -> List.of("do this"),
            () -> goingDown,
            List.of((in, context) -> effects.add("cleared")),
            strangersPatience,
            Cutover.orphansAt(new HostPaths(state)));
  }

  private StepResult effect(Step step, StepInput in) {
    effects.add((in.direction() == Direction.BACK ? "back " : "") + step.activity());
    return StepResult.of(step.activity());
  }

  private StepResult run(Step step, StepInput in) {
    return cutover.run(step, in, new AttemptCancellation());
  }

  private void forwardUpTo(Step last) {
    for (Step step : FORWARD) {
      run(step, input);
      if (step == last) {
        return;
      }
    }
  }

  private Journal journal() {
    return journals.find(Plans.ACME, input.plan().upgradeId()).orElseThrow();
  }

  @Test
  void aFinishedStepIsNotRepeated() {
    forwardUpTo(Step.BACK_UP_DATABASE);
    StepResult again = run(Step.BACK_UP_DATABASE, input);

    assertThat(effects).containsExactly("StopServices", "BackUpDatabase");
    assertThat(again.facts().backupPath()).isEqualTo("/b");
  }

  @Test
  void aCommitEndsTheUpgradeAndNothingTurnsItBack() {
    forwardUpTo(Step.CHECK_HEALTH);
    StepResult decision = run(Step.STOP_SERVICES, input.back());

    assertThat(journal().state().phase()).isEqualTo(Phase.COMMITTED);
    assertThat(decision.facts().committed()).isTrue();
    assertThat(effects).doesNotContain("back StopServices").endsWith("cleared");
    assertThat(journals.unsettled()).isEmpty();
  }

  @Test
  void onceTurnedBackNothingGoesForward() {
    forwardUpTo(Step.RUN_MIGRATIONS);
    run(Step.STOP_SERVICES, input.back());

    StepFailure refused =
        catchThrowableOfType(StepFailure.class, () -> run(Step.START_SERVICES, input));
    assertThat(refused.kind()).isEqualTo(FailureKind.TURNED_BACK);
    assertThat(effects).doesNotContain("StartServices");
  }

  @Test
  void turningBackBeforeAnythingBeganRefusesAForwardAttemptThatComesLate() {
    run(Step.STOP_SERVICES, input.back());

    assertThatThrownBy(() -> run(Step.STOP_SERVICES, input)).isInstanceOf(StepFailure.class);
    assertThat(effects).containsExactly("cleared");
  }

  @Test
  void turningBackBeforeAnythingBeganIsOverAtOnceAndSaysSo() {
    beforeStop =
        in -> {
          throw new StepFailure(FailureKind.DIRTY_CHECKOUT, "changed since", null, null);
        };
    assertThatThrownBy(() -> run(Step.STOP_SERVICES, input)).isInstanceOf(StepFailure.class);
    StepResult first = run(Step.STOP_SERVICES, input.back());
    StepResult again = run(Step.STOP_SERVICES, input.back());

    assertThat(first.facts().neverBegun()).isTrue();
    assertThat(again.facts().neverBegun()).isTrue();
    assertThat(journal().state().phase()).isEqualTo(Phase.RESTORED);
    assertThat(journals.unsettled()).isEmpty();
    assertThat(effects).containsExactly("cleared");
  }

  @Test
  void whatBeganIsNotSaidToHaveNeverBegun() {
    run(Step.STOP_SERVICES, input);

    assertThat(run(Step.STOP_SERVICES, input.back()).facts().neverBegun()).isNull();
  }

  @Test
  void aStepThatEndsItsWorkerEachTimeIsForAPersonInTheEnd() {
    forwardUpTo(Step.RUN_MIGRATIONS);
    run(Step.STOP_SERVICES, input.back());
    for (int attempt = 0; attempt < 19; attempt++) {
      journal().intent(Step.RESTORE_DATABASE, Direction.BACK);
    }
    run(Step.RESTORE_DATABASE, input.back());
    for (int attempt = 0; attempt < 20; attempt++) {
      journal().intent(Step.RESTORE_CODE, Direction.BACK);
    }
    run(Step.RESTORE_DEPENDENCIES, input.back());

    assertThatThrownBy(() -> run(Step.RESTORE_CODE, input.back()))
        .isInstanceOf(TenantHeld.class)
        .hasMessageContaining("20 times");
    assertThat(effects).doesNotContain("back RestoreCode").endsWith("guarded");
  }

  @Test
  void servicesAreLeftAloneWhenNothingHadBeenWritten() {
    run(Step.STOP_SERVICES, input);
    run(Step.STOP_SERVICES, input.back());

    assertThat(effects).containsExactly("StopServices");
  }

  @Test
  void theWholeCompensationEndsAsRestored() {
    forwardUpTo(Step.RUN_MIGRATIONS);
    BACK.forEach(step -> run(step, input.back()));

    assertThat(journal().state().phase()).isEqualTo(Phase.RESTORED);
    assertThat(effects)
        .endsWith(
            "back StopServices",
            "back RestoreDatabase",
            "back RestoreDependencies",
            "back RestoreCode",
            "back StartServices",
            "back CheckHealth",
            "cleared");
    assertThat(run(Step.RESTORE_CODE, input.back()).facts().fingerprint())
        .isEqualTo("code old; dependencies set1; database db1");
  }

  @Test
  void aTenantThatIsNotWhatItWasIsHeldBeforeItsServicesAreStarted() {
    forwardUpTo(Step.RUN_MIGRATIONS);
    run(Step.STOP_SERVICES, input.back());
    run(Step.RESTORE_DATABASE, input.back());
    run(Step.RESTORE_DEPENDENCIES, input.back());
    code = "something else";

    assertThatThrownBy(() -> run(Step.RESTORE_CODE, input.back())).isInstanceOf(TenantHeld.class);
    assertThat(journal().state().phase()).isEqualTo(Phase.HELD);
    assertThatThrownBy(() -> run(Step.START_SERVICES, input.back())).isInstanceOf(TenantHeld.class);
    assertThat(effects).contains("guarded").doesNotContain("back StartServices");
  }

  @Test
  void aCompensationThatFailsUnexpectedlyHoldsTheTenantWithARunbook() {
    steps.put(
        Step.RESTORE_DATABASE,
        (in, context) -> {
          throw new IllegalStateException("disk on fire");
        });
    build();
    forwardUpTo(Step.RUN_MIGRATIONS);
    run(Step.STOP_SERVICES, input.back());

    TenantHeld held =
        catchThrowableOfType(TenantHeld.class, () -> run(Step.RESTORE_DATABASE, input.back()));
    assertThat(held.runbook()).containsExactly("do this");
  }

  @Test
  void aStepThatFailsWhileTheMachineGoesDownHasNotFailed() {
    steps.put(
        Step.RUN_MIGRATIONS,
        (in, context) -> {
          throw new StepFailure(FailureKind.MIGRATION_FAILED, "killed", null, null);
        });
    build();
    forwardUpTo(Step.INSTALL_DEPENDENCIES);
    goingDown = true;

    assertThatThrownBy(() -> run(Step.RUN_MIGRATIONS, input)).isInstanceOf(StepCancelled.class);
    assertThat(journal().state().phase()).isEqualTo(Phase.FORWARD);

    goingDown = false;
    assertThatThrownBy(() -> run(Step.RUN_MIGRATIONS, input)).isInstanceOf(StepFailure.class);
  }

  @Test
  void aTenantIsNotHeldBecauseItsMachineGoesDown() {
    List<RuntimeException> failures =
        new ArrayList<>(
            List.of(
                new StepFailure(FailureKind.START_FAILED, "refused", null, null),
                new IllegalStateException("no answer")));
    steps.put(
        Step.START_SERVICES,
        (in, context) -> {
          if (!failures.isEmpty()) {
            throw failures.remove(0);
          }
          return effect(Step.START_SERVICES, in);
        });
    build();
    forwardUpTo(Step.RUN_MIGRATIONS);
    BACK.subList(0, 4).forEach(step -> run(step, input.back()));
    goingDown = true;

    assertThatThrownBy(() -> run(Step.START_SERVICES, input.back()))
        .isInstanceOf(StepCancelled.class);
    assertThatThrownBy(() -> run(Step.START_SERVICES, input.back()))
        .isInstanceOf(StepCancelled.class);
    assertThat(journal().state().phase()).isEqualTo(Phase.BACK);
    assertThat(effects).doesNotContain("guarded");

    goingDown = false;
    BACK.subList(4, 6).forEach(step -> run(step, input.back()));
    assertThat(journal().state().phase()).isEqualTo(Phase.RESTORED);
  }

  @ParameterizedTest
  @EnumSource(names = {"START_SERVICES", "CHECK_HEALTH"})
  void aTenantThatIsProvenToBeWhatItWasIsNotKeptDownWhenItIsHeld(Step broken) {
    steps.put(
        broken,
        (in, context) -> {
          throw new StepFailure(FailureKind.START_FAILED, "it does not start", null, null);
        });
    build();
    forwardUpTo(Step.RUN_MIGRATIONS);

    assertThatThrownBy(() -> BACK.forEach(step -> run(step, input.back())))
        .isInstanceOf(TenantHeld.class);
    assertThat(journal().state().phase()).isEqualTo(Phase.HELD);
    assertThat(effects).doesNotContain("guarded");
  }

  @Test
  void aTenantThatIsNotProvenToBeWhatItWasIsKeptDownWhenItIsHeld() {
    steps.put(
        Step.RESTORE_DEPENDENCIES,
        (in, context) -> {
          throw new IllegalStateException("no space left");
        });
    build();
    forwardUpTo(Step.RUN_MIGRATIONS);

    assertThatThrownBy(() -> BACK.forEach(step -> run(step, input.back())))
        .isInstanceOf(TenantHeld.class);
    assertThat(effects).endsWith("guarded");
  }

  @Test
  void aTenantOfWhichNothingWasWrittenServesWhenItIsHeld() {
    steps.put(
        Step.RESTORE_CODE,
        (in, context) -> {
          throw new IllegalStateException("no space left");
        });
    build();
    run(Step.STOP_SERVICES, input);

    assertThatThrownBy(() -> BACK.forEach(step -> run(step, input.back())))
        .isInstanceOf(TenantHeld.class);
    assertThat(journal().state().phase()).isEqualTo(Phase.HELD);
    assertThat(effects).endsWith("back StartServices").doesNotContain("guarded");
  }

  @Test
  void anotherUpgradeOfAHeldTenantIsRefused() {
    forwardUpTo(Step.STOP_SERVICES);
    StepInput other = Plans.input(UUID.randomUUID());

    StepFailure busy =
        catchThrowableOfType(StepFailure.class, () -> run(Step.STOP_SERVICES, other));
    assertThat(busy.kind()).isEqualTo(FailureKind.BUSY);
    assertThat(busy.getMessage()).contains(input.plan().upgradeId().toString());
  }

  @Test
  void aNewerAttemptStopsTheOlderOneAndRunsAlone() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    steps.put(
        Step.STOP_SERVICES,
        (in, context) -> {
          if (begun.getCount() == 0) {
            return effect(Step.STOP_SERVICES, in);
          }
          begun.countDown();
          while (true) {
            context.cancellation().check();
            Thread.onSpinWait();
          }
        });
    build();
    CompletableFuture<StepResult> older =
        CompletableFuture.supplyAsync(() -> run(Step.STOP_SERVICES, input));
    begun.await();
    run(Step.STOP_SERVICES, input);

    assertThatThrownBy(() -> older.get(20, TimeUnit.SECONDS))
        .rootCause()
        .isInstanceOf(StepCancelled.class);
    assertThat(effects).containsExactly("StopServices");
  }

  @Test
  void aLineThatWasCutOffByAPowerCutDoesNotCount() throws IOException {
    forwardUpTo(Step.BACK_UP_DATABASE);
    Path file = state.resolve("tenants/acme/journal/" + input.plan().upgradeId() + ".jsonl");
    Files.writeString(file, "{\"event\":\"BACK\",\"val", StandardOpenOption.APPEND);

    assertThat(journal().state().phase()).isEqualTo(Phase.FORWARD);
    run(Step.CHECK_OUT_RELEASE, input);
    assertThat(journal().state().resultOf(Step.CHECK_OUT_RELEASE, Direction.FORWARD)).isPresent();
  }

  @Test
  void anOrphanOfAKilledWorkerIsEndedBeforeAnythingElse() throws Exception {
    requireThatOrphanIsEndedBy(() -> run(Step.STOP_SERVICES, input));
  }

  @Test
  void aWorkerThatTakesOverInTheMiddleEndsTheOrphanOfTheOther() throws Exception {
    forwardUpTo(Step.BACK_UP_DATABASE);
    build();
    requireThatOrphanIsEndedBy(() -> run(Step.CHECK_OUT_RELEASE, input));
  }

  @Test
  void aWorkerThatTakesOverAgainEndsTheOrphanOfAStepBegunInBetween() throws Exception {
    forwardUpTo(Step.BACK_UP_DATABASE);
    journal().intent(Step.CHECK_OUT_RELEASE, Direction.FORWARD);
    requireThatOrphanIsEndedBy(() -> run(Step.CHECK_OUT_RELEASE, input));
  }

  private void requireThatOrphanIsEndedBy(Runnable step) throws Exception {
    Path lock = new HostPaths(state).commandLock(Plans.ACME);
    Files.createDirectories(lock.getParent());
    Process orphan =
        new ProcessBuilder("flock", "--no-fork", lock.toString(), "sleep", "600").start();
    try {
      while (dev.uplift.command.ProcessTree.holdersOf(List.of(lock)).pids().isEmpty()) {
        Thread.onSpinWait();
      }
      step.run();
      assertThat(orphan.waitFor(20, TimeUnit.SECONDS)).isTrue();
    } finally {
      orphan.destroyForcibly();
    }
  }

  @Test
  void whatAnOrphanStartedIsEndedToo() throws Exception {
    Path lock = new HostPaths(state).commandLock(Plans.ACME);
    Files.createDirectories(lock.getParent());
    // Python closes the descriptor of the lock in what it starts.
    Process orphan =
        new ProcessBuilder(
                "setsid",
                "flock",
                "--no-fork",
                lock.toString(),
                "python3",
                "-c",
                "import subprocess; p = subprocess.Popen(['sleep', '600']); print(p.pid, flush=True); p.wait()")
            .start();
    try {
      long grandchild = Long.parseLong(orphan.inputReader().readLine());
      assertThat(dev.uplift.command.ProcessTree.startTime(grandchild)).isPresent();
      run(Step.STOP_SERVICES, input);
      assertThat(dev.uplift.command.ProcessTree.startTime(grandchild)).isEmpty();
    } finally {
      orphan.descendants().forEach(ProcessHandle::destroyForcibly);
      orphan.destroyForcibly();
    }
  }

  @Test
  void whatCommandsPrintedIsKeptWithoutSecrets() throws IOException {
    steps.put(
        Step.RUN_MIGRATIONS,
        (in, context) -> StepResult.of("ran").withOutput("API_TOKEN=planted\nand so on"));
    steps.put(
        Step.RESTORE_DATABASE,
        (in, context) -> {
          throw new StepFailure(FailureKind.BACKUP_ALTERED, "it", "DB_PASSWORD=planted", null);
        });
    build();
    forwardUpTo(Step.RUN_MIGRATIONS);
    run(Step.STOP_SERVICES, input.back());
    assertThatThrownBy(() -> run(Step.RESTORE_DATABASE, input.back()))
        .isInstanceOf(TenantHeld.class);

    Path file = state.resolve("tenants/acme/journal/" + input.plan().upgradeId() + ".jsonl");
    assertThat(Files.readString(file)).contains("and so on").doesNotContain("planted");
    assertThat(run(Step.RUN_MIGRATIONS, input).output()).doesNotContain("planted");
  }

  @ParameterizedTest
  @EnumSource(names = {"STOP_FAILED", "HOST_UNPREPARED"})
  void aStrangerWhoGoesAwayAndASystemdThatAnswersAgainHoldNobody(FailureKind kind) {
    int[] looks = new int[1];
    steps.put(
        Step.STOP_SERVICES,
        (in, context) -> {
          if (in.direction() == Direction.BACK && looks[0]++ == 0) {
            throw new StepFailure(kind, "in use", null, null);
          }
          return effect(Step.STOP_SERVICES, in);
        });
    strangersPatience = Duration.ofSeconds(20);
    build();
    forwardUpTo(Step.BACK_UP_DATABASE);
    run(Step.STOP_SERVICES, input.back());

    assertThat(looks[0]).isEqualTo(2);
    assertThat(journal().state().phase()).isEqualTo(Phase.BACK);
  }

  @Test
  void aStrangerWhoStaysHoldsTheTenant() {
    steps.put(
        Step.STOP_SERVICES,
        (in, context) -> {
          if (in.direction() == Direction.BACK) {
            throw new StepFailure(FailureKind.STOP_FAILED, "in use", null, null);
          }
          return effect(Step.STOP_SERVICES, in);
        });
    build();
    forwardUpTo(Step.BACK_UP_DATABASE);

    assertThatThrownBy(() -> run(Step.STOP_SERVICES, input.back())).isInstanceOf(TenantHeld.class);
  }

  @Test
  void servicesThatTheRestartOfTheHostEndedAreStartedAgainBeforeTheirHealthIsJudged()
      throws IOException {
    forwardUpTo(Step.RUN_MIGRATIONS);
    BACK.subList(0, 5).forEach(step -> run(step, input.back()));
    Path file = state.resolve("tenants/acme/journal/" + input.plan().upgradeId() + ".jsonl");
    Files.writeString(
        file,
        Files.readString(file)
            .replace(Journal.currentBootId(), "00000000-0000-0000-0000-000000000000"));
    run(Step.CHECK_HEALTH, input.back());

    assertThat(effects)
        .endsWith("back StartServices", "back StartServices", "back CheckHealth", "cleared");
  }

  @Test
  void aWorkflowThatHearsOfARestoredTenantOnlyAfterARestartOfTheHostComesToItsEnd()
      throws IOException {
    forwardUpTo(Step.RUN_MIGRATIONS);
    lookAfterTheLease();
    Path file = state.resolve("tenants/acme/journal/closed/" + input.plan().upgradeId() + ".jsonl");
    Files.writeString(
        file,
        Files.readString(file)
            .replace(Journal.currentBootId(), "00000000-0000-0000-0000-000000000000"));
    int before = effects.size();
    BACK.forEach(step -> run(step, input.back()));

    assertThat(effects).hasSize(before);
  }

  @Test
  void aCompensationThatWasKilledBeforeItsLastLineEndsAllTheSame() throws IOException {
    forwardUpTo(Step.RUN_MIGRATIONS);
    BACK.forEach(step -> run(step, input.back()));
    Path closed = state.resolve("tenants/acme/journal/closed");
    Path file = closed.resolve(input.plan().upgradeId() + ".jsonl");
    List<String> lines = Files.readAllLines(file);
    assertThat(lines.get(lines.size() - 1)).contains("RESTORED");
    Files.write(closed.resolveSibling(file.getFileName()), lines.subList(0, lines.size() - 1));
    Files.delete(file);
    run(Step.CHECK_HEALTH, input.back());

    assertThat(journal().state().phase()).isEqualTo(Phase.RESTORED);
    assertThat(journals.unsettled()).isEmpty();
    assertThat(effects).filteredOn("back CheckHealth"::equals).hasSize(1);
  }

  @Test
  void whatAKillKeptTheEndOfAnUpgradeFromIsDoneLater() throws IOException {
    forwardUpTo(Step.CHECK_HEALTH);
    Path closed =
        state.resolve("tenants/acme/journal/closed/" + input.plan().upgradeId() + ".jsonl");
    Path open = closed.getParent().resolveSibling(closed.getFileName());
    Files.move(closed, open);
    effects.clear();
    deadMan(new SettableClock()).look().join();

    assertThat(effects).containsExactly("cleared");
    assertThat(closed).exists();
    assertThat(open).doesNotExist();
  }

  @Test
  void oneTenantsTroubleKeepsNobodyElseFromBeingSettled() throws IOException {
    forwardUpTo(Step.RUN_MIGRATIONS);
    Path damaged = Files.createDirectories(state.resolve("tenants/acme-0/journal"));
    Files.writeString(damaged.resolve(UUID.randomUUID() + ".jsonl"), "not JSON\n");
    Files.createDirectories(state.resolve("tenants/Not A Slug"));
    lookAfterTheLease();

    assertThat(journal().state().phase()).isEqualTo(Phase.RESTORED);
  }

  @Test
  void aTenantWhoseFileSystemIsNotThereYetIsLeftForLater() throws IOException {
    forwardUpTo(Step.RUN_MIGRATIONS);
    Path away = Files.move(state.resolve("checkout"), state.resolve("not-mounted"));
    DeadMan deadMan = lookAfterTheLease();
    assertThat(journal().state().phase()).isEqualTo(Phase.FORWARD);

    Files.move(away, state.resolve("checkout"));
    deadMan.look().join();
    assertThat(journal().state().phase()).isEqualTo(Phase.RESTORED);
  }

  @Test
  void aCutoverThatNobodySpeaksOfIsTurnedBackAfterItsLease() {
    forwardUpTo(Step.RUN_MIGRATIONS);
    SettableClock clock = new SettableClock();
    DeadMan deadMan = deadMan(clock);
    clock.forward(Duration.ofSeconds(119));
    deadMan.look().join();
    assertThat(journal().state().phase()).isEqualTo(Phase.FORWARD);

    clock.forward(Duration.ofSeconds(2));
    deadMan.look().join();
    assertThat(journal().state().phase()).isEqualTo(Phase.RESTORED);
    assertThat(journal().state().decidedBy()).isEqualTo("host, which heard nothing");
    assertThat(deadMan.settled(DeadMan.Settlement.TURNED_BACK)).isEqualTo(1);
  }

  @Test
  void aTenantWhoseServicesNobodyBeganToStopIsLeftAsItIs() {
    journals.create(input);
    lookAfterTheLease();

    assertThat(journal().state().phase()).isEqualTo(Phase.RESTORED);
    assertThat(effects).containsExactly("cleared");
  }

  @Test
  void aHostThatIsCalledSomethingElseNowStillEndsWhatItBegan() {
    forwardUpTo(Step.RUN_MIGRATIONS);
    hostName = HostName.of("renamed");
    lookAfterTheLease();

    assertThat(journal().state().phase()).isEqualTo(Phase.RESTORED);
  }

  @Test
  @Timeout(60)
  void whatHangsKeepsNoOtherTenantAndNoWorkerWaiting() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch hangs = new CountDownLatch(1);
    steps.put(
        Step.RESTORE_DATABASE,
        (in, context) -> {
          entered.countDown();
          try {
            hangs.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          return effect(Step.RESTORE_DATABASE, in);
        });
    build();
    forwardUpTo(Step.RUN_MIGRATIONS);
    SettableClock clock = new SettableClock();
    DeadMan deadMan = deadMan(clock);
    assertThat(deadMan.settlingFor()).isZero();
    clock.forward(Duration.ofMinutes(3));
    try {
      deadMan.atStart();

      assertThat(entered.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(journal().state().phase()).isEqualTo(Phase.BACK);
      assertThat(deadMan.settlingFor())
          .isBetween(START_PATIENCE.dividedBy(2), Duration.ofMinutes(1));
    } finally {
      hangs.countDown();
    }
    // It moves the journal at its end, which must not happen while the directory is deleted.
    while (!deadMan.settlingFor().isZero()) {
      Thread.sleep(5);
    }
  }

  @Test
  void aReleaseThatWasBeingStartedIsKeptIfItIsHealthy() {
    forwardUpTo(Step.START_SERVICES);
    DeadMan deadMan = lookAfterTheLease();

    assertThat(journal().state().phase()).isEqualTo(Phase.COMMITTED);
    assertThat(deadMan.settled(DeadMan.Settlement.FINISHED)).isEqualTo(1);
    assertThat(deadMan.settled(DeadMan.Settlement.TURNED_BACK)).isZero();
  }

  @Test
  void aReleaseThatWasBeingStartedIsTurnedBackIfItIsNotHealthy() {
    steps.put(
        Step.CHECK_HEALTH,
        (in, context) -> {
          if (in.direction() == Direction.FORWARD) {
            throw new StepFailure(FailureKind.UNHEALTHY, "500", null, null);
          }
          return effect(Step.CHECK_HEALTH, in);
        });
    build();
    forwardUpTo(Step.START_SERVICES);
    lookAfterTheLease();

    assertThat(journal().state().phase()).isEqualTo(Phase.RESTORED);
  }

  @Test
  void aTenantOnWhichAnotherWorkerIsAtWorkIsLeftAlone() throws Exception {
    HostPaths paths = new HostPaths(state);
    forwardUpTo(Step.BACK_UP_DATABASE);
    journal().intent(Step.CHECK_OUT_RELEASE, Direction.FORWARD);
    Path rehearsal = Files.createDirectories(paths.scratch().resolve("another"));
    SettableClock clock = new SettableClock();
    DeadMan deadMan = deadMan(clock);
    Process itsCommand =
        new ProcessBuilder(
                "flock", "--no-fork", paths.commandLock(Plans.ACME).toString(), "sleep", "600")
            .start();
    Process otherWorker = holding(paths.attemptLock(Plans.ACME), paths.occupancy());
    try {
      deadMan.atStart();
      clock.forward(Duration.ofMinutes(3));
      deadMan.look().join();

      assertThat(itsCommand.isAlive()).isTrue();
      assertThat(rehearsal).exists();
      assertThat(journal().state().phase()).isEqualTo(Phase.FORWARD);

      otherWorker.destroyForcibly().waitFor();
      deadMan.look().join();
      assertThat(itsCommand.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(journal().state().phase()).isEqualTo(Phase.RESTORED);
    } finally {
      otherWorker.destroyForcibly();
      itsCommand.destroyForcibly();
    }
  }

  /** Another process that locks files as a JVM does. */
  private static Process holding(Path attempt, Path occupancy) throws IOException {
    Process process =
        new ProcessBuilder(
                "python3",
                "-c",
                """
                import fcntl, sys, time
                attempt, occupancy = (open(name, "a+") for name in sys.argv[1:])
                fcntl.lockf(attempt, fcntl.LOCK_EX)
                fcntl.lockf(occupancy, fcntl.LOCK_SH)
                print("held", flush=True)
                time.sleep(600)
                """,
                attempt.toString(),
                occupancy.toString())
            .start();
    assertThat(process.inputReader().readLine()).isEqualTo("held");
    return process;
  }

  @Test
  void scratchTreesOfAKilledWorkerAreRemoved() throws IOException {
    Path left = Files.createDirectories(new HostPaths(state).scratch().resolve("left"));
    deadMan(new SettableClock()).atStart();

    assertThat(left).doesNotExist();
  }

  @Test
  void aCutoverOfWhichAnotherWorkerWroteLatelyIsInGoodHands() {
    SettableClock clock = new SettableClock();
    clock.forward(Duration.ofMinutes(-3));
    DeadMan deadMan = deadMan(clock);
    forwardUpTo(Step.RUN_MIGRATIONS);
    clock.forward(Duration.ofMinutes(3).plusSeconds(20));
    deadMan.look().join();
    assertThat(journal().state().phase()).isEqualTo(Phase.FORWARD);

    clock.forward(Duration.ofMinutes(3));
    deadMan.look().join();
    assertThat(journal().state().phase()).isEqualTo(Phase.RESTORED);
  }

  @ParameterizedTest
  @ValueSource(ints = {-7_200, -60, 7_200})
  void aClockThatIsSetTurnsBackNoUpgradeThatIsAlive(int seconds) {
    forwardUpTo(Step.RUN_MIGRATIONS);
    SettableClock clock = new SettableClock();
    Presence presence = new Presence(clock, clock::nanoTime);
    DeadMan deadMan = deadMan(presence);
    clock.forward(Duration.ofMinutes(3));
    presence.seen(input.plan().upgradeId());
    clock.set(Duration.ofSeconds(seconds));
    clock.forward(Duration.ofSeconds(100));
    deadMan.look().join();

    assertThat(journal().state().phase()).isEqualTo(Phase.FORWARD);
  }

  @ParameterizedTest
  @ValueSource(ints = {-7_200, -60, 7_200})
  void aClockThatIsSetKeepsNoUpgradeAliveThatIsDead(int seconds) {
    forwardUpTo(Step.RUN_MIGRATIONS);
    SettableClock clock = new SettableClock();
    Presence presence = new Presence(clock, clock::nanoTime);
    DeadMan deadMan = deadMan(presence);
    presence.seen(input.plan().upgradeId());
    clock.forward(Duration.ofSeconds(100));
    clock.set(Duration.ofSeconds(seconds));
    clock.forward(Duration.ofSeconds(100));
    deadMan.look().join();

    assertThat(journal().state().phase()).isEqualTo(Phase.RESTORED);
  }

  @Test
  void aJournalThatGrowsIsInGoodHandsWhateverTheClockSays() {
    forwardUpTo(Step.INSTALL_DEPENDENCIES);
    SettableClock clock = new SettableClock();
    DeadMan deadMan = deadMan(clock);
    clock.set(Duration.ofHours(2));
    clock.forward(Duration.ofSeconds(100));
    deadMan.look().join();
    clock.forward(Duration.ofSeconds(100));
    run(Step.RUN_MIGRATIONS, input);
    deadMan.look().join();
    assertThat(journal().state().phase()).isEqualTo(Phase.FORWARD);

    clock.forward(Duration.ofSeconds(121));
    deadMan.look().join();
    assertThat(journal().state().phase()).isEqualTo(Phase.RESTORED);
  }

  @Test
  void aJournalFromTheFutureIsThatOfAClockThatWasSetBack() {
    forwardUpTo(Step.RUN_MIGRATIONS);
    SettableClock clock = new SettableClock();
    clock.forward(Duration.ofHours(-2));
    DeadMan deadMan = deadMan(clock);
    clock.forward(Duration.ofMinutes(3));
    deadMan.look().join();

    assertThat(journal().state().phase()).isEqualTo(Phase.RESTORED);
  }

  /**
   * A dead man who looked once, when nobody had spoken of the upgrade for longer than its lease.
   */
  private DeadMan lookAfterTheLease() {
    SettableClock clock = new SettableClock();
    DeadMan deadMan = deadMan(clock);
    clock.forward(Duration.ofMinutes(3));
    deadMan.look().join();
    return deadMan;
  }

  private HostConfiguration configuration() {
    return new HostConfiguration(hostName, state, List.of(state), null, null, 0, null);
  }

  private DeadMan deadMan(SettableClock clock) {
    return deadMan(new Presence(clock, clock::nanoTime));
  }

  private DeadMan deadMan(Presence presence) {
    return new DeadMan(cutover, journals, locks, presence, configuration(), START_PATIENCE);
  }

  private static final class SettableClock extends Clock {
    // The journals are written with the real time.
    private Instant now = Instant.now();
    private long nanos;

    void forward(Duration by) {
      now = now.plus(by);
      nanos += by.toNanos();
    }

    /** Which is no time that goes by. */
    void set(Duration by) {
      now = now.plus(by);
    }

    long nanoTime() {
      return nanos;
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneId.of("UTC");
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
