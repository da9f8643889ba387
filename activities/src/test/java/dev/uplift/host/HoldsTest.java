package dev.uplift.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.uplift.check.CheckReport.Unit;
import dev.uplift.journal.Journal;
import dev.uplift.journal.JournalState;
import dev.uplift.journal.JournalState.Phase;
import dev.uplift.journal.Journals;
import dev.uplift.journal.UnreadableJournal;
import dev.uplift.profile.AppProfile;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Operation;
import dev.uplift.upgrade.ReleaseOrder;
import dev.uplift.upgrade.ReleasedTenant;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import dev.uplift.upgrade.UpgradeOptions;
import dev.uplift.upgrade.UpgradePlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Held tenants, journals that cannot be read, and tenants whose place is taken by a link. */
@Timeout(30)
class HoldsTest {
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
  private static final Machine HERE = new Machine("0a1b2c3d");

  @TempDir Path state;
  private final List<String> effects = new CopyOnWriteArrayList<>();
  private final Map<Step, HostStep> steps = new EnumMap<>(Step.class);
  private Duration passed = Duration.ZERO;
  private Path checkout;
  private StepInput input;
  private Journals journals;
  private Cutover cutover;
  private Holds holds;
  private DeadMan deadMan;

  @BeforeEach
  void wire() throws IOException {
    checkout = Files.createDirectories(state.resolve("checkout"));
    Files.createDirectories(checkout.resolve("db"));
    Files.createDirectories(checkout.resolve(".git"));
    input = Plans.input(UUID.randomUUID(), checkout.toString());
    HostPaths paths = new HostPaths(state);
    HostConfiguration configuration =
        new HostConfiguration(
            input.plan().tenant().host(), state, List.of(state), null, null, 0, null);
    journals = new Journals(paths);
    TenantLocks locks = new TenantLocks(paths);
    for (Step step : Step.values()) {
      steps.put(step, (in, context) -> effect(step, in));
    }
    // The map is copied: what a test breaks later is looked up here.
    Map<Step, HostStep> asTheyAreThen = new EnumMap<>(Step.class);
    for (Step step : Step.values()) {
      asTheyAreThen.put(step, (in, context) -> steps.get(step).run(in, context));
    }
    cutover =
        new Cutover(
            paths,
            journals,
            locks,
            new Territory(configuration),
            asTheyAreThen,
            new Fingerprint(in -> "code", in -> "set", in -> "db"),
            in -> {},
            in -> effects.add("guarded"),
            (in, journal) -> List.of("do this"),
            () -> false,
            List.of(),
            Duration.ofMillis(1),
            Cutover.orphansAt(paths));
    Clock clock =
        new Clock() {
          @Override
          public Instant instant() {
            return Instant.now().plus(passed);
          }

          @Override
          public ZoneId getZone() {
            return ZoneOffset.UTC;
          }

          @Override
          public Clock withZone(ZoneId zone) {
            return this;
          }
        };
    Presence presence = new Presence(clock, () -> passed.toNanos());
    deadMan = new DeadMan(cutover, journals, locks, presence, configuration, Duration.ofSeconds(5));
    holds = new Holds(journals, locks, presence, cutover, new Units(), clock);
  }

  private final class Units implements Holds.Units {
    @Override
    public void unguard(Tenant tenant, AppProfile profile) {
      effects.add("unguarded");
    }

    @Override
    public void start(Tenant tenant, AppProfile profile, Optional<JournalState> held) {
      effects.add("started");
    }

    @Override
    public List<Unit> state(Tenant tenant, AppProfile profile) {
      return List.of(new Unit("acme-api", false));
    }
  }

  private StepResult effect(Step step, StepInput in) {
    effects.add((in.direction() == Direction.BACK ? "back " : "") + step.activity());
    return step == Step.BACK_UP_DATABASE
        ? StepResult.of("").withFacts(StepResult.Facts.backup("/b", "db"))
        : StepResult.of(step.activity());
  }

  private StepResult run(Step step, StepInput in) {
    return cutover.run(step, in, new AttemptCancellation());
  }

  private void forwardUpTo(Step last) {
    FORWARD.subList(0, FORWARD.indexOf(last) + 1).forEach(step -> run(step, input));
  }

  private void compensate(StepInput back) {
    BACK.forEach(step -> run(step, back));
  }

  private void holdAt(Step broken) {
    steps.put(
        broken,
        (in, context) -> {
          if (in.direction() == Direction.BACK) {
            throw new StepFailure(FailureKind.STEP_FAILED, "cannot", null, null);
          }
          return effect(broken, in);
        });
    forwardUpTo(Step.RUN_MIGRATIONS);
    assertThatThrownBy(() -> compensate(input.back())).isInstanceOf(TenantHeld.class);
    steps.put(broken, (in, context) -> effect(broken, in));
    effects.clear();
  }

  private UpgradePlan resumption() {
    UpgradePlan plan = input.plan();
    return new UpgradePlan(
        UUID.randomUUID(),
        plan.protocol(),
        plan.tenant(),
        plan.profile(),
        null,
        null,
        new UpgradeOptions(true, true, false, "disk replaced"),
        "ops",
        Operation.RESUME,
        plan.upgradeId());
  }

  private StepInput reopen(UpgradePlan plan) {
    return holds.reopen(plan, HERE, new AttemptCancellation());
  }

  private ReleaseOrder order(UUID named, UUID known, boolean inLedger, boolean start) {
    return new ReleaseOrder(
        input.plan().tenant(),
        input.plan().profile(),
        named,
        known,
        inLedger,
        start,
        "ops",
        "done by hand");
  }

  private ReleasedTenant release(ReleaseOrder order) {
    return holds.release(order, new AttemptCancellation());
  }

  private ReleaseOrder ofTheLedger() {
    return order(null, input.plan().upgradeId(), true, false);
  }

  private Journal journal() {
    return journals.find(Plans.ACME, input.plan().upgradeId()).orElseThrow();
  }

  private Path file() {
    return state.resolve("tenants/acme/journal/" + input.plan().upgradeId() + ".jsonl");
  }

  private FailureKind refused(Runnable call) {
    return catchThrowableOfType(StepFailure.class, call::run).kind();
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "STOP_SERVICES",
        "RESTORE_DATABASE",
        "RESTORE_DEPENDENCIES",
        "RESTORE_CODE",
        "START_SERVICES",
        "CHECK_HEALTH"
      })
  void aResumedCompensationGoesOnFromWhereItStopped(Step broken) {
    holdAt(broken);
    StepInput back = reopen(resumption());
    compensate(back);

    boolean notYetAsItWas = BACK.indexOf(broken) <= BACK.indexOf(Step.RESTORE_CODE);
    List<String> expected = new ArrayList<>();
    if (notYetAsItWas) {
      expected.add("back StopServices");
    }
    BACK.subList(Math.max(1, BACK.indexOf(broken)), BACK.size()).stream()
        .map(step -> "back " + step.activity())
        .forEach(expected::add);
    if (broken == Step.CHECK_HEALTH) {
      expected.add(0, "back StartServices");
    }
    assertThat(effects).containsExactlyElementsOf(expected);
    assertThat(journal().state().phase()).isEqualTo(Phase.RESTORED);
    assertThat(back.from().machine()).isEqualTo(HERE.id());
  }

  @Test
  void aResumptionThatIsAskedForAgainDoesNotResumeWhatWasHeldMeanwhile() {
    holdAt(Step.RESTORE_CODE);
    UpgradePlan resumption = resumption();
    reopen(resumption);
    steps.put(
        Step.RESTORE_CODE,
        (in, context) -> {
          throw new StepFailure(FailureKind.STEP_FAILED, "still not", null, null);
        });
    assertThatThrownBy(() -> compensate(input.back())).isInstanceOf(TenantHeld.class);
    StepInput again = reopen(resumption);

    assertThat(journal().state().phase()).isEqualTo(Phase.HELD);
    assertThatThrownBy(() -> run(Step.STOP_SERVICES, again)).hasMessageContaining("still not");
  }

  @Test
  void aResumedCompensationOfWhichNobodySpeaksIsEndedByTheHost() {
    holdAt(Step.RESTORE_CODE);
    deadMan.look().join();
    assertThat(journal().state().phase()).isEqualTo(Phase.HELD);

    reopen(resumption());
    passed = passed.plusMinutes(1);
    deadMan.look().join();
    assertThat(journal().state().phase()).isEqualTo(Phase.BACK);

    afterTheLease();
    assertThat(journal().state().phase()).isEqualTo(Phase.RESTORED);
    assertThat(effects).endsWith("back RestoreCode", "back StartServices", "back CheckHealth");
  }

  @Test
  void whatTheHostHasRestoredMeanwhileIsReadFromTheJournal() {
    holdAt(Step.RESTORE_CODE);
    reopen(resumption());
    afterTheLease();
    effects.clear();
    compensate(reopen(resumption()));

    assertThat(effects).isEmpty();
  }

  @Test
  void whatIsNotHeldIsNotResumed() {
    assertThat(refused(() -> reopen(resumption()))).isEqualTo(FailureKind.JOURNAL_UNREADABLE);
    forwardUpTo(Step.RUN_MIGRATIONS);
    assertThat(refused(() -> reopen(resumption()))).isEqualTo(FailureKind.BUSY);
    forwardUpTo(Step.CHECK_HEALTH);
    assertThat(refused(() -> reopen(resumption()))).isEqualTo(FailureKind.NOT_HELD);
  }

  @Test
  void aReleaseEndsTheHoldAndTouchesNothingElse() {
    holdAt(Step.RESTORE_DATABASE);
    ReleasedTenant released = release(ofTheLedger());

    assertThat(effects).containsExactly("unguarded");
    assertThat(journal().state().phase()).isEqualTo(Phase.RELEASED);
    assertThat(journals.unsettled(Plans.ACME)).isEmpty();
    assertThat(released.upgradeId()).isEqualTo(input.plan().upgradeId());
    assertThat(released.units()).containsExactly(new Unit("acme-api", false));
    assertThat(released.notes()).containsExactly("Services were left as they are.");
    assertThat(refused(() -> reopen(resumption()))).isEqualTo(FailureKind.NOT_HELD);
    assertThatThrownBy(() -> run(Step.RESTORE_DATABASE, input.back()))
        .isInstanceOf(TenantHeld.class)
        .hasMessageContaining("A person has looked after");
    assertThat(effects).containsExactly("unguarded");
  }

  @Test
  void servicesAreStartedByTheReleaseThatAsksForIt() {
    holdAt(Step.RESTORE_DATABASE);
    ReleasedTenant released = release(order(null, input.plan().upgradeId(), true, true));

    assertThat(effects).containsExactly("unguarded", "started");
    assertThat(released.notes()).isEmpty();
  }

  @Test
  void aReleaseThatIsRepeatedAnswersTheSame() {
    holdAt(Step.RESTORE_DATABASE);
    release(order(null, input.plan().upgradeId(), false, false));

    assertThat(release(order(null, input.plan().upgradeId(), false, false)).upgradeId())
        .isEqualTo(input.plan().upgradeId());
  }

  @Test
  void aHoldThatOnlyTheHostKnowsOfIsReleased() {
    holdAt(Step.RESTORE_DATABASE);

    assertThat(release(order(null, null, false, false)).upgradeId())
        .isEqualTo(input.plan().upgradeId());
  }

  @Test
  void aHoldWhoseJournalTheHostHasLostIsReleased() {
    ReleasedTenant released = release(ofTheLedger());

    assertThat(effects).containsExactly("unguarded");
    assertThat(released.notes()).anyMatch(note -> note.contains("had no journal"));
  }

  @Test
  void whatIsNotHeldOrIsHeldByAnotherUpgradeIsNotReleased() {
    UUID other = UUID.randomUUID();
    assertThat(refused(() -> release(order(null, other, false, false))))
        .isEqualTo(FailureKind.NOT_HELD);
    holdAt(Step.RESTORE_DATABASE);
    assertThat(refused(() -> release(order(other, null, true, false))))
        .isEqualTo(FailureKind.NOT_HELD);
    reopen(resumption());
    assertThat(refused(() -> release(ofTheLedger()))).isEqualTo(FailureKind.BUSY);
    assertThat(effects).isEmpty();
  }

  /** Damages of the journal of a tenant in cutover. */
  static Stream<Arguments> damages() {
    return Stream.of(
        damage("a garbage line", 3, text -> text.replaceFirst("(?m)^\\{.*\"DONE\".*$", "gar{bage")),
        damage(
            "cut in the middle", 2, text -> text.substring(0, text.indexOf("\"INTENT\"")) + "\n"),
        damage("a line lost", 2, text -> text.replaceFirst("(?m)^\\{.*\"INTENT\".*\n", "")),
        damage("an unknown event", 2, text -> text.replaceFirst("\"INTENT\"", "\"ATTEMPTED\"")),
        damage("an unknown step", 2, text -> text.replaceFirst("\"STOP_SERVICES\"", "\"DANCE\"")),
        damage(
            "a line that says too little",
            2,
            text -> text.replaceFirst("\"step\":\"[A-Z_]+\",", "")),
        damage("something after a line", 1, text -> text.replaceFirst("\n", "{}\n")),
        damage("bytes that are no text", 3, text -> text.replaceFirst("StopServices\"", "\0\"")),
        damage(
            "of another tenant",
            1,
            text -> text.replaceFirst("\"id\":\"acme\"", "\"id\":\"zeta\"")),
        damage(
            "of another upgrade",
            1,
            text -> text.replaceFirst("(upgradeId\":\")........", "$10badcafe")),
        damage("empty", 1, text -> ""),
        damage("a first line without its end", 1, text -> text.substring(0, 20)));
  }

  private static Arguments damage(String what, int line, UnaryOperator<String> damage) {
    return Arguments.of(what, line, damage);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("damages")
  void aDamagedJournalHoldsItsTenantAndIsLeftAsItIs(
      String what, int line, UnaryOperator<String> damage) throws IOException {
    forwardUpTo(Step.BACK_UP_DATABASE);
    String damaged = damage.apply(Files.readString(file()));
    Files.writeString(file(), damaged);
    effects.clear();
    deadMan.atStart();
    afterTheLease();

    StepFailure refused =
        catchThrowableOfType(StepFailure.class, () -> journals.unsettled(Plans.ACME));
    assertThat(refused.kind()).isEqualTo(FailureKind.JOURNAL_UNREADABLE);
    assertThat(refused)
        .hasMessageContaining(file().toString())
        .hasMessageContaining("line " + line);
    assertThat(refused(() -> run(Step.START_SERVICES, input)))
        .isEqualTo(FailureKind.JOURNAL_UNREADABLE);
    assertThatThrownBy(() -> run(Step.STOP_SERVICES, input.back())).isInstanceOf(TenantHeld.class);
    assertThat(refused(() -> reopen(resumption()))).isEqualTo(FailureKind.JOURNAL_UNREADABLE);
    assertThat(effects).isNotEmpty().containsOnly("guarded");
    assertThat(Files.readString(file())).isEqualTo(damaged);
  }

  @Test
  void aDirectoryInThePlaceOfAJournalHoldsItsTenant() throws IOException {
    forwardUpTo(Step.RUN_MIGRATIONS);
    Files.delete(file());
    Files.createDirectory(file());
    afterTheLease();

    assertThat(refused(() -> journals.unsettled(Plans.ACME)))
        .isEqualTo(FailureKind.JOURNAL_UNREADABLE);
    assertThatThrownBy(() -> run(Step.RESTORE_CODE, input.back())).isInstanceOf(TenantHeld.class);
    release(ofTheLedger());
    assertThat(state.resolve("tenants/acme/journal/closed").resolve(file().getFileName()))
        .isDirectory();
  }

  @Test
  void aNewerJournalIsForANewerWorker() throws IOException {
    forwardUpTo(Step.RUN_MIGRATIONS);
    Files.writeString(
        file(), Files.readString(file()).replaceFirst("\"version\":2", "\"version\":3"));
    afterTheLease();

    assertThat(refused(() -> journals.unsettled(Plans.ACME)))
        .isEqualTo(FailureKind.WORKER_OUTDATED);
    assertThat(refused(() -> release(ofTheLedger()))).isEqualTo(FailureKind.WORKER_OUTDATED);
    // Nobody is held for a worker that was replaced by this one and is only not gone yet.
    assertThatThrownBy(() -> run(Step.STOP_SERVICES, input.back()))
        .isInstanceOf(UnreadableJournal.class);
    assertThat(effects).doesNotContain("back StopServices");
  }

  @Test
  void aJournalWithoutAVersionIsOneOfTheFirst() throws IOException {
    forwardUpTo(Step.RUN_MIGRATIONS);
    Files.writeString(file(), Files.readString(file()).replaceFirst("\"version\":2,", ""));
    compensate(input.back());

    assertThat(journal().state().phase()).isEqualTo(Phase.RESTORED);
  }

  @Test
  void aDamagedJournalIsReleasedAndKept() throws IOException {
    forwardUpTo(Step.RUN_MIGRATIONS);
    Files.writeString(file(), "garbage\n", StandardOpenOption.APPEND);
    byte[] damaged = Files.readAllBytes(file());
    ReleasedTenant released = release(ofTheLedger());

    assertThat(released.upgradeId()).isEqualTo(input.plan().upgradeId());
    assertThat(journals.unsettled(Plans.ACME)).isEmpty();
    assertThat(state.resolve("tenants/acme/journal/closed").resolve(file().getFileName()))
        .hasBinaryContent(damaged);

    // As after a release that was cut off before anybody heard of it.
    assertThat(release(ofTheLedger()).upgradeId()).isEqualTo(input.plan().upgradeId());
  }

  @Test
  void anotherJournalThatCannotBeReadRefusesTheNextUpgradeAndEndsTheAttempt() throws IOException {
    Path other = file().resolveSibling(UUID.randomUUID() + ".jsonl");
    Files.createDirectories(other.getParent());
    Files.writeString(other, "garbage\n");

    assertThat(refused(() -> run(Step.STOP_SERVICES, input)))
        .isEqualTo(FailureKind.JOURNAL_UNREADABLE);
    assertThat(run(Step.STOP_SERVICES, input.back()).facts().neverBegun()).isTrue();
    assertThat(effects).isEmpty();
  }

  @Test
  void aFileThatIsNoDirectoryOfJournalsHoldsItsTenantOnly() throws IOException {
    forwardUpTo(Step.RUN_MIGRATIONS);
    Path other = Files.createDirectories(state.resolve("tenants/zeta"));
    Files.writeString(other.resolve("journal"), "?");
    afterTheLease();

    assertThat(journal().state().phase()).isEqualTo(Phase.RESTORED);
    assertThat(journals.look().unreadable()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "db", ".git", "db/pocket.db"})
  void noStepOfACutoverWritesThroughALinkThatTookTheTenantsPlace(String place) throws IOException {
    for (Step step : FORWARD) {
      Path aside = replaceByLink(place);
      assertThat(refused(() -> run(step, input))).as("%s", step).isEqualTo(FailureKind.WRONG_HOST);
      assertThat(effects).doesNotContain(step.activity());

      putBack(place, aside);
      run(step, input);
      assertThat(effects).endsWith(step.activity());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "db", ".git"})
  void aCompensationThatMeetsALinkHoldsTheTenantDownAndGoesOnWhenItsPlaceIsBack(String place)
      throws IOException {
    forwardUpTo(Step.RUN_MIGRATIONS);
    for (Step step : BACK) {
      effects.clear();
      Path aside = replaceByLink(place);
      assertThatThrownBy(() -> run(step, input.back()))
          .as("%s", step)
          .isInstanceOf(TenantHeld.class)
          .hasMessageContaining(checkout.resolve(place).normalize().toString());
      assertThat(effects).containsExactly("guarded");
      assertThat(journal().state().phase()).isEqualTo(Phase.HELD);

      putBack(place, aside);
      reopen(resumption());
      run(step, input.back());
      assertThat(effects).endsWith("back " + step.activity());
    }
    assertThat(journal().state().phase()).isEqualTo(Phase.RESTORED);
  }

  @Test
  void theHostThatSettlesByItselfHoldsATenantWhosePlaceIsTakenByALink() throws IOException {
    forwardUpTo(Step.RUN_MIGRATIONS);
    replaceByLink("");
    effects.clear();
    afterTheLease();

    assertThat(effects).containsExactly("guarded");
    assertThat(journal().state().phase()).isEqualTo(Phase.HELD);
  }

  /** What is at that path is moved away, and a link leads to something of somebody else. */
  private Path replaceByLink(String place) throws IOException {
    Path path = checkout.resolve(place);
    Path aside = state.resolve("aside");
    Path strangers = Files.createDirectories(state.resolve("elsewhere/db"));
    Files.createDirectories(state.resolve("elsewhere/.git"));
    if (Files.exists(path)) {
      Files.move(path, aside);
    }
    Files.createSymbolicLink(path, place.isEmpty() ? strangers.getParent() : strangers);
    return aside;
  }

  private void putBack(String place, Path aside) throws IOException {
    Files.delete(checkout.resolve(place));
    if (Files.exists(aside)) {
      Files.move(aside, checkout.resolve(place));
    }
  }

  private void afterTheLease() {
    passed = passed.plusMinutes(3);
    deadMan.look().join();
  }
}
