package dev.uplift.host;

import dev.uplift.durable.Directories;
import dev.uplift.host.ModelTenant.Point;
import dev.uplift.journal.Journal;
import dev.uplift.journal.JournalState;
import dev.uplift.journal.Journals;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionException;

/**
 * A host with the real cutover, dead man, journals and locks around a tenant on paper. It can be
 * killed wherever a step has something to lose.
 */
final class ModelHost implements AutoCloseable {
  private static final String EARLIER_BOOT = "00000000-0000-0000-0000-000000000000";

  /** What goes wrong, and at which of the points of that kind that come along. */
  record Fault(Kind kind, Point point, int nth) {
    enum Kind {
      FAILURE,
      KILL,
      SUPERSEDED
    }
  }

  /** The process ends here: nobody catches it, nothing after it happens. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;

    Killed() {
      super("killed", null, false, false);
    }
  }

  final StepInput input;
  final ModelTenant tenant;
  private final Path home;
  private final Path openJournal;
  private final Path closedJournal;
  private final PassingClock clock = new PassingClock();
  private Journals journals;
  private Presence presence;
  private Cutover cutover;
  private DeadMan deadMan;
  private Fault fault;
  private int pointsToCome;
  private long lastEffectAt;

  ModelHost(Path home) {
    try {
      this.home = home;
      Path checkout = Files.createDirectories(home.resolve("acme"));
      input = Plans.input(UUID.randomUUID(), checkout.toString());
      Path directory = new HostPaths(home).journals(Plans.ACME);
      openJournal = directory.resolve(input.plan().upgradeId() + ".jsonl");
      closedJournal = directory.resolve("closed").resolve(openJournal.getFileName());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    tenant = new ModelTenant(this::passes, this::requirePermitted);
    startWorker();
  }

  /** Everything is read from disk again. */
  void startWorker() {
    HostPaths paths = new HostPaths(home);
    TenantLocks locks = new TenantLocks(paths);
    journals = new Journals(paths);
    presence = new Presence(clock, clock::nanoTime);
    cutover =
        new Cutover(
            paths,
            journals,
            locks,
            new Territory(configuration()),
            tenant.steps,
            new Fingerprint(
                in -> tenant.code.toString(),
                in -> tenant.dependencies.toString(),
                in -> tenant.database.toString()),
            in -> passes(Point.BEFORE),
            in -> {
              tenant.guarded = true;
              lastEffectAt = journalLength();
            },
            (in, state) -> List.of("do this"),
            () -> false,
            List.of(tenant::clear),
            Duration.ofMillis(1),
            nobodyIsOrphaned -> {});
    deadMan = new DeadMan(cutover, journals, locks, presence, configuration());
  }

  private HostConfiguration configuration() {
    return new HostConfiguration(
        input.plan().tenant().host(), home, List.of(home), null, null, 0, null);
  }

  private void passes(Point point) {
    if (point != Point.BEFORE) {
      lastEffectAt = journalLength();
    }
    if (fault == null || fault.point() != point || pointsToCome-- > 0) {
      return;
    }
    Fault.Kind kind = fault.kind();
    fault = null;
    switch (kind) {
      case FAILURE -> throw new StepFailure(FailureKind.STEP_FAILED, "it failed", null, null);
      case SUPERSEDED -> throw new StepCancelled("a newer attempt took over");
      case KILL -> throw new Killed();
    }
  }

  private void requirePermitted(Direction direction) {
    boolean turnedBack = count("BACK") > 0;
    boolean permitted =
        direction == Direction.BACK ? turnedBack : !turnedBack && count("COMMITTED") == 0;
    if (!permitted) {
      throw new IllegalStateException(
          "an effect " + direction + " although the journal says otherwise");
    }
  }

  /** How a call ended: with a result, with a failure, or with neither. */
  record Answer(StepResult result, RuntimeException failure) {}

  /**
   * One attempt at a step for the workflow.
   *
   * @param next null if all goes well
   * @param unwritten if it is killed: how many lines that nothing had depended on yet were not in
   *     the journal
   */
  Answer call(Step step, Direction direction, Fault next, int unwritten) {
    arm(next);
    StepInput asked = direction == Direction.FORWARD ? input : input.back();
    presence.seen(input.plan().upgradeId());
    try {
      return new Answer(cutover.run(step, asked, new AttemptCancellation()), null);
    } catch (StepCancelled handedOver) {
      return new Answer(null, null);
    } catch (RuntimeException failure) {
      return new Answer(null, failure);
    } catch (Killed killed) {
      loseTail(unwritten);
      startWorker();
      return new Answer(null, null);
    } finally {
      fault = null;
    }
  }

  /** The dead man looks, after nobody has spoken of the upgrade for longer than its lease. */
  void lookAfterLease(Fault next, int unwritten) {
    clock.forward(Duration.ofMinutes(3));
    look(next, unwritten);
  }

  /** The dead man looks while somebody is at work. */
  void lookWithinLease() {
    presence.seen(input.plan().upgradeId());
    look(null, 0);
  }

  private void look(Fault next, int unwritten) {
    arm(next);
    try {
      deadMan.look().join();
    } catch (CompletionException e) {
      if (!(e.getCause() instanceof Killed)) {
        throw e;
      }
      loseTail(unwritten);
      startWorker();
    } finally {
      fault = null;
    }
  }

  private void arm(Fault next) {
    fault = next;
    pointsToCome = next == null ? 0 : next.nth();
    lastEffectAt = journalLength();
  }

  /** The host is restarted, without a word before. */
  void reboot() {
    for (Path file : List.of(openJournal, closedJournal)) {
      if (Files.exists(file)) {
        write(file, read(file).replace(Journal.currentBootId(), EARLIER_BOOT));
      }
    }
    tenant.reboot();
    startWorker();
  }

  /**
   * The kill came some lines earlier, and cut one off: never before what something was done upon,
   * for that is written before it is done.
   */
  private void loseTail(int lines) {
    if (lines == 0 || !Files.exists(openJournal)) {
      return;
    }
    byte[] bytes = read(openJournal).getBytes(StandardCharsets.UTF_8);
    int end = bytes.length;
    for (int lost = 0; lost < lines; lost++) {
      int before = end - 1;
      while (before > 0 && bytes[before - 1] != '\n') {
        before--;
      }
      if (before < lastEffectAt || before < 0) {
        break;
      }
      end = before;
    }
    if (end == 0) {
      // A journal has its name when its first line is on the disk.
      delete(openJournal);
      return;
    }
    write(openJournal, new String(Arrays.copyOf(bytes, end), StandardCharsets.UTF_8));
    if (end < bytes.length) {
      append(openJournal, "{\"event\":\"BA");
    }
  }

  Optional<JournalState> state() {
    return journals.find(Plans.ACME, input.plan().upgradeId()).map(Journal::state);
  }

  boolean isAnythingUnsettled() {
    return journals.unsettled(Plans.ACME).stream()
        .anyMatch(journal -> !journal.state().phase().isSettled());
  }

  /** How often the journal says that something happened. */
  long count(String event) {
    return Files.exists(closedJournal) || Files.exists(openJournal)
        ? read(Files.exists(openJournal) ? openJournal : closedJournal)
            .lines()
            .filter(line -> line.contains("\"event\":\"" + event + "\""))
            .count()
        : 0;
  }

  private long journalLength() {
    try {
      return Files.exists(openJournal) ? Files.size(openJournal) : 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void append(Path file, String text) {
    try {
      Files.writeString(file, text, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      Directories.remove(home);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The journals are written with the real time, so it begins there. */
  private static final class PassingClock extends Clock {
    private Instant now = Instant.now();
    private long nanos;

    void forward(Duration by) {
      now = now.plus(by);
      nanos += by.toNanos();
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
