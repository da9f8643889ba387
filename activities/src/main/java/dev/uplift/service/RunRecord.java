package dev.uplift.service;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.uplift.durable.Directories;
import dev.uplift.durable.DurableFile;
import dev.uplift.service.UnitProcesses.Member;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What is on disk about a unit's run: the pid file.
 *
 * @param phase {@code starting} is written before the process exists, so that a unit without a
 *     record has no process
 * @param pid null unless {@code running}
 * @param startTicks start time of the process, in clock ticks since boot
 * @param starts where in the log the latest starts begin, the oldest first
 */
record RunRecord(
    Phase phase,
    Long pid,
    @JsonProperty("start_ticks") Long startTicks,
    @JsonProperty("boot_id") String bootId,
    List<Start> starts) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int KEPT_STARTS = 50;

  enum Phase {
    @JsonProperty("stopped")
    STOPPED,
    @JsonProperty("starting")
    STARTING,
    @JsonProperty("running")
    RUNNING
  }

  record Start(@JsonProperty("at_ms") long atMillis, @JsonProperty("log_offset") long logOffset) {}

  static RunRecord read(Path file) {
    try {
      return JSON.readValue(Files.readString(file), RunRecord.class);
    } catch (NoSuchFileException neverStarted) {
      return new RunRecord(Phase.STOPPED, null, null, currentBootId(), List.of());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void write(Path file) throws IOException {
    Directories.create(file.getParent());
    DurableFile.write(file, toJson());
  }

  RunRecord starting(long atMillis, long logOffset) {
    List<Start> more = new ArrayList<>(starts);
    // A log that is shorter than before was rotated, and older offsets mean nothing in it.
    more.removeIf(start -> start.logOffset() > logOffset);
    more.add(new Start(atMillis, logOffset));
    List<Start> kept = more.subList(Math.max(0, more.size() - KEPT_STARTS), more.size());
    return new RunRecord(Phase.STARTING, null, null, currentBootId(), List.copyOf(kept));
  }

  RunRecord running(Member main) {
    return new RunRecord(Phase.RUNNING, main.pid(), main.startTicks(), bootId, starts);
  }

  RunRecord stopped() {
    return new RunRecord(Phase.STOPPED, null, null, bootId, starts);
  }

  boolean isOfThisBoot() {
    return currentBootId().equals(bootId);
  }

  /** Where the log since then begins: at the first start after it, else at the latest start. */
  long logOffsetSince(long sinceMillis) {
    return starts.stream()
        .filter(start -> start.atMillis() >= sinceMillis)
        .findFirst()
        .or(() -> starts.isEmpty() ? java.util.Optional.empty() : latestStart())
        .map(Start::logOffset)
        .orElse(0L);
  }

  private java.util.Optional<Start> latestStart() {
    return java.util.Optional.of(starts.get(starts.size() - 1));
  }

  private String toJson() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String currentBootId() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
