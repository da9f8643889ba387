package dev.uplift.faults;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.faults.Moments.Moment;
import dev.uplift.scenario.Calls;
import dev.uplift.scenario.Eventually;
import dev.uplift.scenario.HostFacts;
import dev.uplift.upgrade.Direction;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;

/**
 * Waits for a moment of an upgrade. Of the journal it looks again without a pause worth the name,
 * so that whatever the test does next meets the upgrade at that moment.
 */
final class JournalWatch {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final long PAUSE_NANOS = 50_000;
  private final Calls calls;
  private final HostFacts host;
  private final String location;
  private final Path open;
  private final Path closed;

  JournalWatch(Calls calls, HostFacts host, String location) {
    this.calls = calls;
    this.host = host;
    this.location = location;
    Path journals = host.paths().journals(host.tenant().id());
    this.open = journals.resolve(id() + ".jsonl");
    this.closed = journals.resolve("closed").resolve(id() + ".jsonl");
  }

  private String id() {
    return location.substring(location.lastIndexOf('/') + 1);
  }

  void await(Moment moment) throws Exception {
    if (moment.isPreparation()) {
      Eventually.within(PATIENCE, moment.words(), () -> isTold(moment));
      return;
    }
    Instant deadline = Instant.now().plus(PATIENCE);
    int seen = 0;
    while (Instant.now().isBefore(deadline)) {
      List<String> lines = lines();
      for (; seen < lines.size(); seen++) {
        if (says(lines.get(seen), moment)) {
          return;
        }
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    throw new AssertionError("the journal never says " + moment.words() + ": " + lines());
  }

  /** What is being worked on now. */
  String where() {
    return Victim.where(host.journal(id()));
  }

  private boolean isTold(Moment moment) throws IOException, InterruptedException {
    JsonNode state = calls.get(location).body();
    for (JsonNode step : state.path("steps")) {
      if (step.path("name").asText().equals(moment.step().activity())) {
        return switch (moment.event()) {
          case INTENT -> true;
          default -> step.path("status").asText().equals("done");
        };
      }
    }
    if (!state.path("status").asText().equals("running")) {
      throw new AssertionError("it ended before " + moment.words() + ": " + state);
    }
    return false;
  }

  private static boolean says(String line, Moment moment) {
    return line.contains("\"event\":\"" + moment.event() + "\"")
        && (moment.step() == null
            || (line.contains("\"step\":\"" + moment.step() + "\"")
                && line.contains("\"direction\":\"" + words(moment.direction()) + "\"")));
  }

  private static String words(Direction direction) {
    return direction.name().toLowerCase(Locale.ROOT);
  }

  /** Without a last line that is being written. */
  private List<String> lines() throws IOException {
    for (Path file : List.of(open, closed)) {
      try {
        String text = Files.readString(file, StandardCharsets.UTF_8);
        return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
      } catch (NoSuchFileException elsewhere) {
        // It is not there yet, or has been moved to where those are that are over.
      }
    }
    return List.of();
  }
}
