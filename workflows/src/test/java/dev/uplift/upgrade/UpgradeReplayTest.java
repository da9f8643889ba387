package dev.uplift.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.engine.Replay;
import io.temporal.api.history.v1.WorkflowExecutionStartedEventAttributes;
import io.temporal.common.WorkflowExecutionHistory;
import io.temporal.worker.NonDeterministicException;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Upgrades that run while Uplift itself is updated go on with the new workflow code, so it must
 * take the same way through what has happened already.
 *
 * <p>The histories are those of a real server, see {@link RecordHistories}. One is only ever added,
 * never replaced: a change that does not replay belongs behind {@link Workflow#getVersion}.
 */
class UpgradeReplayTest {
  private static final Path HISTORIES = Path.of("src/test/resources/histories");

  static final List<Step> CUTOVER =
      List.of(
          Step.STOP_SERVICES,
          Step.BACK_UP_DATABASE,
          Step.CHECK_OUT_RELEASE,
          Step.INSTALL_DEPENDENCIES,
          Step.RUN_MIGRATIONS,
          Step.START_SERVICES,
          Step.CHECK_HEALTH);

  /** All that are there; those of other workflows are replayed elsewhere. */
  static List<String> histories() throws IOException {
    try (Stream<Path> files = Files.list(HISTORIES)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> file.getFileName().toString())
          .filter(name -> startOf(name).getWorkflowType().getName().equals("UpgradeWorkflow"))
          .map(name -> name.replace(".json", ""))
          .sorted()
          .toList();
    }
  }

  private static WorkflowExecutionStartedEventAttributes startOf(String name) {
    try {
      return WorkflowExecutionHistory.fromJson(Files.readString(HISTORIES.resolve(name)))
          .getEvents()
          .get(0)
          .getWorkflowExecutionStartedEventAttributes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void thereIsAHistoryOfEveryWayInWhichAnUpgradeEnds() throws IOException {
    List<String> ends =
        new ArrayList<>(
            List.of(
                "succeeded",
                "rejected",
                "cancelled_in_preparation",
                "cancelled_in_cutover",
                "needs_attention",
                "dead_man_turned_back",
                "dead_man_committed",
                "dead_man_held"));
    CUTOVER.forEach(step -> ends.add("rolled_back_from_" + step.activity()));

    assertThat(histories()).containsAll(ends);
  }

  @ParameterizedTest
  @MethodSource("histories")
  void whatRanBeforeReplaysWithTheWorkflowAsItIs(String history) {
    assertThatCode(() -> Replay.of(history, UpgradeWorkflowImpl.class)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @MethodSource("histories")
  void aWorkflowThatTakesAnotherWayIsFoundOut(String history) {
    assertThatThrownBy(() -> Replay.of(history, WaitsFirst.class))
        .hasStackTraceContaining(NonDeterministicException.class.getName());
  }

  /** A change that looks harmless: every upgrade waits for a second before it begins. */
  public static class WaitsFirst extends UpgradeWorkflowImpl {
    @WorkflowInit
    public WaitsFirst(UpgradePlan plan) {
      super(plan);
    }

    @Override
    public UpgradeReport upgrade(UpgradePlan plan) {
      Workflow.sleep(Duration.ofSeconds(1));
      return super.upgrade(plan);
    }
  }
}
