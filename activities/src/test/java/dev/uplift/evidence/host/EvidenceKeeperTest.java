package dev.uplift.evidence.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.evidence.EvidencePiece;
import dev.uplift.evidence.EvidenceReport;
import dev.uplift.evidence.EvidenceRequest;
import dev.uplift.host.Cancellation;
import dev.uplift.host.HostPaths;
import dev.uplift.host.HostStep;
import dev.uplift.host.Plans;
import dev.uplift.host.StepContext;
import dev.uplift.journal.Journal;
import dev.uplift.journal.Journals;
import dev.uplift.service.ServiceManager;
import dev.uplift.service.UnitName;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class EvidenceKeeperTest {
  @TempDir Path state;
  private final StepInput input = Plans.input(UUID.randomUUID());
  private final CountDownLatch released = new CountDownLatch(1);
  private Function<StepInput, String> gitStatus = in -> "clean\n";
  private HostPaths paths;
  private Journals journals;
  private EvidenceKeeper keeper;

  @BeforeEach
  void open() {
    paths = new HostPaths(state);
    journals = new Journals(paths);
    keeper =
        new EvidenceKeeper(
            new EvidenceStore(paths),
            journals,
            new Logging(),
            in -> gitStatus.apply(in),
            Clock.systemUTC());
  }

  @AfterEach
  void close() {
    released.countDown();
    keeper.close();
  }

  @Test
  void whatAStepSeesIsKeptAndReadAtOnce() {
    HostStep step =
        (in, context) -> {
          context.evidence().keep("migrations/a.py", "API_TOKEN=5ecret\n");
          return StepResult.of("done");
        };
    StepResult result = run(Step.RUN_MIGRATIONS, step, input);

    assertThat(result).isEqualTo(StepResult.of("done"));
    assertThat(read().pieces()).extracting(EvidencePiece::text).containsExactly("API_TOKEN=***\n");
    assertThat(read().journal()).isEmpty();
    assertThat(read().nothing()).isFalse();
  }

  @Test
  void aStepThatIsWatchedIsToldOfAResumption() {
    AtomicBoolean told = new AtomicBoolean();
    HostStep step =
        new HostStep() {
          @Override
          public StepResult run(StepInput in, StepContext context) {
            return StepResult.of("done");
          }

          @Override
          public void resumed(StepContext context) {
            told.set(true);
          }
        };
    keeper.watched(Step.START_SERVICES, step).resumed(null);

    assertThat(told).isTrue();
  }

  @Test
  void ofAnUpgradeThatNeverRanThereIsNothing() {
    assertThat(read().nothing()).isTrue();
  }

  @Test
  void whatTheWayBackWouldHideIsLookedAtBeforeIt() {
    turnBack();
    gitStatus = in -> "restored\n";
    run(Step.RESTORE_CODE, done(), input.back());
    run(Step.START_SERVICES, done(), input.back());
    keeper.clear(input.back(), null);

    assertThat(read().pieces())
        .extracting(piece -> piece.name() + ": " + piece.text())
        .containsExactlyInAnyOrder(
            "git/turning-back: clean\n",
            "services/acme-api: a log\n",
            "git/afterwards: restored\n",
            "services/acme-api: a log\n");
    assertThat(read().journal())
        .extracting(line -> line.get("event"))
        .containsExactly("OPENED", "INTENT", "BACK");
  }

  @Test
  void aLookThatHangsHoldsTheWayBackUpForAMomentAndIsNotTakenForWhatWasThereBefore()
      throws Exception {
    gitStatus =
        in -> {
          await(released);
          return "of later\n";
        };
    long begun = System.nanoTime();
    turnBack();
    run(Step.RESTORE_CODE, done(), input.back());
    run(Step.START_SERVICES, done(), input.back());
    Duration took = Duration.ofNanos(System.nanoTime() - begun);
    released.countDown();
    keeper.clear(input.back(), null);

    assertThat(took).isLessThan(Duration.ofSeconds(15));
    assertThat(read().pieces()).extracting(EvidencePiece::name).doesNotContain("git/turning-back");
  }

  @Test
  void aStepThatIsBegunAgainAndAgainIsLookedAtOnce() {
    turnBack();
    for (int i = 0; i < 5; i++) {
      run(Step.STOP_SERVICES, done(), input.back());
    }
    run(Step.RESTORE_CODE, done(), input.back());
    keeper.held(input.back(), null);

    assertThat(read().pieces())
        .extracting(EvidencePiece::name)
        .containsOnlyOnce("git/turning-back", "git/afterwards");
  }

  @Test
  void whatCannotBeReadOrWrittenNeverFailsAStep() throws IOException {
    gitStatus =
        in -> {
          throw new IllegalStateException("no checkout at https://me:5ecret@example.org");
        };
    turnBack();
    keeper.clear(input.back(), null);
    assertThat(read().pieces())
        .extracting(EvidencePiece::text)
        .contains("cannot be told: no checkout at https://***@example.org\n");

    new EvidenceStore(paths).delete(Plans.ACME, input.plan().upgradeId());
    Files.delete(paths.evidence(Plans.ACME));
    Files.createFile(paths.evidence(Plans.ACME));
    HostStep step =
        (in, context) -> {
          context.evidence().keep("migrations/a.py", "text");
          return StepResult.of("done");
        };
    assertThat(run(Step.RUN_MIGRATIONS, step, input)).isEqualTo(StepResult.of("done"));
    keeper.held(input.back(), null);

    assertThat(read().pieces()).isEmpty();
    assertThat(read().journal()).isNotEmpty();
  }

  @Test
  void whatIsStillToBeWrittenWhenTheWorkerEndsIsWritten() throws IOException {
    for (int i = 0; i < 20; i++) {
      keeper.of(input.plan()).keep("migrations/" + i, "line\n".repeat(100));
    }
    keeper.close();
    keeper.of(input.plan()).keep("too late", "text");

    assertThat(new EvidenceStore(paths).read(Plans.ACME, input.plan().upgradeId())).hasSize(20);
  }

  private void turnBack() {
    Journal journal = journals.create(input);
    journal.intent(Step.STOP_SERVICES, Direction.FORWARD);
    journal.turnBack("workflow");
    run(Step.STOP_SERVICES, done(), input.back());
  }

  private StepResult run(Step step, HostStep body, StepInput in) {
    return keeper
        .watched(step, body)
        .run(in, new StepContext(paths, Cancellation.NEVER, null, null));
  }

  private static HostStep done() {
    return (in, context) -> StepResult.of("done");
  }

  private EvidenceReport read() {
    return keeper.read(
        new EvidenceRequest(Plans.ACME, input.plan().tenant().host(), input.plan().upgradeId()));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Logs the same whenever it is asked, and is asked nothing else. */
  private static final class Logging implements ServiceManager {
    @Override
    public String logSince(UnitName unit, Instant since, int maxBytes) {
      return "a log\n";
    }

    @Override
    public List<String> inspect(List<UnitName> units, Duration patience) {
      throw new AssertionError("nothing is inspected");
    }

    @Override
    public ServiceState state(UnitName unit) {
      throw new AssertionError("nobody is asked how it is");
    }

    @Override
    public void start(UnitName unit, Duration patience, Cancellation cancellation) {
      throw new AssertionError("nothing is started");
    }

    @Override
    public void stop(List<UnitName> units, Duration patience) {
      throw new AssertionError("nothing is stopped");
    }
  }
}
