package dev.uplift.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.durable.Directories;
import dev.uplift.host.ModelHost.Answer;
import dev.uplift.host.ModelHost.Fault;
import dev.uplift.host.ModelTenant.Database;
import dev.uplift.host.ModelTenant.Part;
import dev.uplift.host.ModelTenant.Point;
import dev.uplift.journal.JournalState;
import dev.uplift.journal.JournalState.Phase;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.UpgradeStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import net.jqwik.api.statistics.Statistics;

/**
 * Whatever happens to an upgrade, and in whichever order, it ends in one of the four ways, and each
 * of them is what it is called. The cutover, the dead man, the journals and the locks are the real
 * ones, on real files; the tenant and the workflow are models.
 *
 * <p>A failure shows the shortest list of events with which it fails, and the seed.
 */
class CutoverPropertyTest {
  private static final int LONGEST_END = 60;
  private static Path files;

  /** Something that happens to an upgrade, by itself or while the next step runs. */
  record Event(Kind kind, Fault fault, int number) {
    enum Kind {
      STEP,
      ANSWER_LOST,
      HOST_SILENT,
      CANCELLED,
      LATE_ATTEMPT,
      DEAD_MAN,
      LOOK_IN_VAIN,
      REBOOT,
      USER_WRITES,
      RUN_TERMINATED
    }

    @Override
    public String toString() {
      return fault == null && number == 0
          ? kind.name()
          : kind + (fault == null ? "" : " with " + fault) + (number == 0 ? "" : " #" + number);
    }
  }

  @Property(tries = 1_000, seed = "20261128", edgeCases = EdgeCasesMode.NONE)
  void everyUpgradeEndsInOneOfFourWays(@ForAll("events") List<Event> events) throws IOException {
    check(events);
    Statistics.coverage(
        seen -> {
          for (UpgradeStatus status : UpgradeStatus.values()) {
            seen.check(status).percentage(percent -> percent > 2);
          }
        });
  }

  @Tag("full")
  @Property(tries = 3_000, edgeCases = EdgeCasesMode.NONE)
  void everyUpgradeEndsInOneOfFourWaysAlsoAfterMoreTries(@ForAll("events") List<Event> events)
      throws IOException {
    check(events);
  }

  private static void check(List<Event> events) throws IOException {
    try (ModelHost host = new ModelHost(Files.createTempDirectory(files, "host"))) {
      Upgrade upgrade = new Upgrade(host);
      events.forEach(upgrade::happens);
      UpgradeStatus status = upgrade.end();
      Statistics.collect(status);
      requireEnd(status, host, events);
    }
  }

  @Provide
  Arbitrary<List<Event>> events() {
    Arbitrary<Integer> few = Arbitraries.integers().between(0, 3);
    Arbitrary<Event> faulty =
        Combinators.combine(faults(), few).as((fault, n) -> new Event(Event.Kind.STEP, fault, n));
    Arbitrary<Event> deadMan =
        Combinators.combine(faults(), Arbitraries.of(true, false), few)
            .as((fault, well, n) -> new Event(Event.Kind.DEAD_MAN, well ? null : fault, n));
    Arbitrary<Event> plain =
        Arbitraries.frequency(
                Tuple.of(14, Event.Kind.STEP),
                Tuple.of(1, Event.Kind.ANSWER_LOST),
                Tuple.of(1, Event.Kind.HOST_SILENT),
                Tuple.of(1, Event.Kind.CANCELLED),
                Tuple.of(1, Event.Kind.LOOK_IN_VAIN),
                Tuple.of(2, Event.Kind.REBOOT),
                Tuple.of(2, Event.Kind.USER_WRITES),
                Tuple.of(1, Event.Kind.RUN_TERMINATED))
            .map(kind -> new Event(kind, null, 0));
    Arbitrary<Event> late =
        Arbitraries.integers().between(0, 20).map(n -> new Event(Event.Kind.LATE_ATTEMPT, null, n));
    return Arbitraries.frequencyOf(
            Tuple.of(10, plain), Tuple.of(4, faulty), Tuple.of(2, deadMan), Tuple.of(1, late))
        .list()
        .ofMaxSize(24);
  }

  private static Arbitrary<Fault> faults() {
    return Combinators.combine(
            Arbitraries.frequency(
                Tuple.of(3, Fault.Kind.KILL),
                Tuple.of(1, Fault.Kind.FAILURE),
                Tuple.of(1, Fault.Kind.SUPERSEDED)),
            Arbitraries.of(Point.class),
            Arbitraries.integers().between(0, 2))
        .as(Fault::new);
  }

  /** A workflow and its host, to which things happen. */
  private static final class Upgrade {
    private record Attempt(Step step, Direction direction) {}

    private final ModelHost host;
    private final ModelWorkflow workflow = new ModelWorkflow();
    private final List<Attempt> attempts = new ArrayList<>();
    private boolean terminated;

    Upgrade(ModelHost host) {
      this.host = host;
    }

    void happens(Event event) {
      switch (event.kind()) {
        case STEP -> step(event.fault(), event.number(), true);
        case ANSWER_LOST -> step(null, 0, false);
        case HOST_SILENT -> {
          if (isRunning()) {
            attempts.add(new Attempt(workflow.next(), workflow.direction()));
            workflow.heardNothing();
          }
        }
        case CANCELLED -> {
          if (isRunning()) {
            workflow.cancel();
          }
        }
        case LATE_ATTEMPT -> {
          if (!attempts.isEmpty()) {
            Attempt late = attempts.get(event.number() % attempts.size());
            host.call(late.step(), late.direction(), null, 0);
          }
        }
        case DEAD_MAN -> host.lookAfterLease(event.fault(), event.number());
        case LOOK_IN_VAIN -> lookInVain();
        case REBOOT -> host.reboot();
        case USER_WRITES -> host.tenant.write();
        case RUN_TERMINATED -> terminated = true;
      }
    }

    private boolean isRunning() {
      return !terminated && workflow.status() == null;
    }

    private void step(Fault fault, int unwritten, boolean heard) {
      if (!isRunning()) {
        return;
      }
      Attempt attempt = new Attempt(workflow.next(), workflow.direction());
      attempts.add(attempt);
      Answer answer = host.call(attempt.step(), attempt.direction(), fault, unwritten);
      if (!heard || answer.result() == null && answer.failure() == null) {
        workflow.heardNothing();
      } else if (answer.failure() != null) {
        workflow.failed(answer.failure());
      } else {
        workflow.done(answer.result());
      }
    }

    /** Whoever is at work is left alone, unless the host was restarted meanwhile. */
    private void lookInVain() {
      String before = picture();
      boolean restarted =
          host.state()
              .map(state -> !state.bootId().equals(dev.uplift.journal.Journal.currentBootId()))
              .orElse(false);
      host.lookWithinLease();
      if (!restarted) {
        assertThat(picture()).isEqualTo(before);
      }
    }

    private String picture() {
      return host.state().map(JournalState::phase) + " " + host.tenant;
    }

    /** Nothing goes wrong any more: now it ends, by the workflow or, without one, by the host. */
    UpgradeStatus end() {
      for (int calls = 0; isRunning(); calls++) {
        assertThat(calls).as("calls until the workflow ends").isLessThan(LONGEST_END);
        step(null, 0, true);
      }
      if (terminated && workflow.status() == null) {
        host.lookAfterLease(null, 0);
      }
      assertThat(host.isAnythingUnsettled()).as("something is not over on the host").isFalse();
      UpgradeStatus told = workflow.status();
      UpgradeStatus settled = settled();
      if (told != null) {
        assertThat(told == UpgradeStatus.REJECTED ? UpgradeStatus.ROLLED_BACK : told)
            .as("what the workflow tells, compared with the journal")
            .isEqualTo(settled);
      }
      return told == null ? settled : told;
    }

    private UpgradeStatus settled() {
      Phase phase = host.state().map(JournalState::phase).orElse(Phase.RESTORED);
      return switch (phase) {
        case COMMITTED -> UpgradeStatus.SUCCESS;
        case RESTORED -> UpgradeStatus.ROLLED_BACK;
        case HELD, RELEASED -> UpgradeStatus.NEEDS_ATTENTION;
        case FORWARD, BACK -> throw new AssertionError("the journal ends with " + phase);
      };
    }
  }

  private static void requireEnd(UpgradeStatus status, ModelHost host, List<Event> events) {
    ModelTenant tenant = host.tenant;
    assertThat(tenant.violations).isEmpty();
    assertThat(host.count("COMMITTED") + host.count("RESTORED") + host.count("HELD"))
        .as("ends in the journal")
        .isLessThanOrEqualTo(1);
    assertThat(host.count("COMMITTED") == 0 || host.count("BACK") == 0)
        .as("committed and turned back exclude each other")
        .isTrue();
    List<String> somewhere = new ArrayList<>(tenant.database.rows());
    tenant.kept.stream().map(Database::rows).forEach(somewhere::addAll);
    assertThat(somewhere).containsAll(tenant.savedByOld).containsAll(tenant.savedByNew);
    switch (status) {
      case SUCCESS -> {
        assertThat(tenant.whole()).isEqualTo(Part.NEW);
        assertThat(tenant.serving).isEqualTo(Part.NEW);
        assertThat(tenant.guarded).isFalse();
        assertThat(host.count("COMMITTED")).isEqualTo(1);
        assertThat(tenant.database.rows())
            .containsAll(tenant.savedByOld)
            .containsAll(tenant.savedByNew);
      }
      case ROLLED_BACK, REJECTED -> {
        assertThat(tenant.whole()).isEqualTo(Part.OLD);
        assertThat(tenant.serving).isEqualTo(Part.OLD);
        assertThat(tenant.guarded).isFalse();
        assertThat(tenant.database.rows())
            .containsExactlyElementsOf(
                Stream.concat(Stream.of("before"), tenant.savedByOld.stream()).toList());
      }
      case NEEDS_ATTENTION -> {
        assertThat(tenant.guarded || tenant.whole() == Part.OLD)
            .as("kept down, or what it was: %s", tenant)
            .isTrue();
        assertThat(tenant.cleared).as("anything was cleared away").isFalse();
        assertThat(host.state().orElseThrow().runbook()).isNotEmpty();
      }
    }
  }

  @BeforeContainer
  static void makeRoom() throws IOException {
    // Every journal line is synced, and a thousand upgrades write tens of thousands.
    Path memory = Path.of("/dev/shm");
    files =
        Files.isWritable(memory)
            ? Files.createTempDirectory(memory, "uplift-model")
            : Files.createTempDirectory("uplift-model");
  }

  @AfterContainer
  static void clean() throws IOException {
    Directories.remove(files);
  }
}
