package dev.uplift.journal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.uplift.durable.DurableFile;
import dev.uplift.host.StepFailure;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * The host's durable record of one upgrade, and the only judge of what happened: JSON lines, each
 * on the disk before the method that wrote it returns. A last line without its end was being
 * written when the power went: nobody was told of it, so it does not count.
 *
 * <p>Whoever writes holds the tenant's lock.
 */
public final class Journal {
  /**
   * Of what is written here. Raised with every change that an older worker would misunderstand:
   * version 2 can be resumed and released.
   */
  static final int VERSION = 2;

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .registerModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  private final Path file;
  private final JournalState state;
  private final JournalEffort effort;

  private Journal(Path file, JournalState state, JournalEffort effort) {
    this.file = file;
    this.state = state;
    this.effort = effort;
  }

  /**
   * Begins a journal; there must be none. It has its name when its first line is on the disk, so
   * one without that line was not left by a power cut.
   */
  static Journal create(Path file, StepInput input, JournalEffort effort) {
    long began = System.nanoTime();
    JournalEntry opened = JournalEntry.opened(input).stamped(Instant.now(), currentBootId());
    Journal journal = new Journal(file, JournalState.of(List.of(opened)), effort);
    try {
      DurableFile.write(file, line(opened));
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be written", e);
    }
    effort.spent(System.nanoTime() - began);
    return journal;
  }

  /**
   * @throws UnreadableJournal if any of it is not what this worker or an older one wrote
   */
  static Journal read(Path file, JournalEffort effort) {
    return new Journal(file, JournalFile.of(file).state(), effort);
  }

  public JournalState state() {
    return state;
  }

  /** In bytes; it grows with everything that anybody writes. */
  public long length() {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }

  public Path file() {
    return file;
  }

  public void intent(Step step, Direction direction) {
    append(JournalEntry.intent(step, direction, state.timesBegun(step, direction) + 1));
  }

  public void done(Step step, Direction direction, StepResult result) {
    append(JournalEntry.done(JournalEntry.Event.DONE, step, direction, result));
  }

  public void note(String key, String value) {
    append(JournalEntry.note(key, value));
  }

  public void turnBack(String decidedBy) {
    append(JournalEntry.back(decidedBy));
  }

  public void committed(StepResult health) {
    append(
        JournalEntry.done(
            JournalEntry.Event.COMMITTED, Step.CHECK_HEALTH, Direction.FORWARD, health));
  }

  public void restored() {
    append(JournalEntry.restored());
  }

  public void held(Step step, Failure failure, List<String> runbook) {
    append(JournalEntry.held(step, failure, runbook));
  }

  /**
   * @param run by which it is tried again
   */
  public void resumed(UUID run, String whoAndWhy) {
    append(JournalEntry.resumed(run, whoAndWhy));
  }

  public void released(String whoAndWhy) {
    append(JournalEntry.released(whoAndWhy));
  }

  /** Why no other upgrade of this tenant may begin while this one is not over. */
  public StepFailure busy() {
    var tenant = state.input().plan().tenant().id();
    var upgradeId = state.input().plan().upgradeId();
    if (state.phase() == JournalState.Phase.HELD) {
      return new StepFailure(
          FailureKind.BUSY,
          tenant + " is held since upgrade " + upgradeId + " and needs a person.",
          String.valueOf(state.heldFor()),
          "Follow the runbook in the report of upgrade "
              + upgradeId
              + ", then resume that upgrade, or release the tenant.");
    }
    return new StepFailure(
        FailureKind.BUSY,
        "Upgrade " + upgradeId + " of " + tenant + " is not over on its host.",
        "journal phase: " + state.phase(),
        "Wait: the host turns it back by itself when nobody goes on with it.");
  }

  private void append(JournalEntry entry) {
    long began = System.nanoTime();
    JournalEntry stamped = entry.stamped(Instant.now(), currentBootId());
    // First the state, which refuses what must not follow; a refused line never reaches the disk.
    state.apply(stamped);
    new RoomToTurnBack(file).in(state.phase());
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      channel.position(endOfLastLine(channel));
      channel.truncate(channel.position());
      ByteBuffer line = ByteBuffer.wrap(line(stamped).getBytes(StandardCharsets.UTF_8));
      while (line.hasRemaining()) {
        channel.write(line);
      }
      channel.force(true);
      effort.spent(System.nanoTime() - began);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be written", e);
    }
  }

  private static String line(JournalEntry entry) {
    try {
      return JSON.writeValueAsString(entry) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a journal entry cannot be written as JSON", e);
    }
  }

  private static long endOfLastLine(FileChannel channel) throws IOException {
    ByteBuffer one = ByteBuffer.allocate(1);
    long end = channel.size();
    while (end > 0) {
      one.clear();
      channel.read(one, end - 1);
      if (one.get(0) == '\n') {
        break;
      }
      end--;
    }
    return end;
  }

  /** The id of the running kernel's boot. */
  public static String currentBootId() {
    try {
      return Files.readString(BOOT_ID).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
