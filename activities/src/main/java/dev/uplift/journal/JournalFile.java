package dev.uplift.journal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.UpgradePlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;

/**
 * Reads a journal, and guesses nothing: whoever believed a damaged one could restore the wrong
 * thing, or leave a tenant down that is not. A last line without its end does not count: it was
 * being written when the power went, and nobody was told of it.
 */
final class JournalFile {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .registerModule(new JavaTimeModule())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  private final Path file;
  private final JournalState state = new JournalState();
  private int line;

  private JournalFile(Path file) {
    this.file = file;
  }

  /**
   * @throws UnreadableJournal with the first line that is not one of a journal of that name
   */
  static JournalFile of(Path file) {
    JournalFile journal = new JournalFile(file);
    journal.read();
    return journal;
  }

  JournalState state() {
    return state;
  }

  private void read() {
    byte[] bytes = bytes();
    int begin = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        line++;
        apply(Arrays.copyOfRange(bytes, begin, i));
        begin = i + 1;
      }
    }
    if (line == 0) {
      throw damaged(bytes.length == 0 ? "it is empty" : "its first line has no end");
    }
  }

  private byte[] bytes() {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw damaged("it is not a regular file");
    }
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw damaged(e.toString());
    }
  }

  private void apply(byte[] bytes) {
    try {
      JsonNode json = JSON.readTree(bytes);
      if (line == 1) {
        requireKnownVersion(json);
      }
      JournalEntry entry = JSON.treeToValue(json, JournalEntry.class);
      Objects.requireNonNull(entry.at(), "at");
      Objects.requireNonNull(entry.bootId(), "bootId");
      if (line == 1) {
        requireOwnName(entry.input());
      }
      state.apply(entry);
    } catch (UnreadableJournal told) {
      throw told;
    } catch (JsonProcessingException garbage) {
      throw damaged(garbage.getOriginalMessage());
    } catch (IOException | RuntimeException garbage) {
      throw damaged(String.valueOf(garbage.getMessage()));
    }
  }

  // Before anything else of it is read: whatever else is in it may mean something else by then.
  private void requireKnownVersion(JsonNode first) {
    JsonNode version = first.path("version");
    if (version.isIntegralNumber() && version.bigIntegerValue().bitLength() < Long.SIZE) {
      if (version.longValue() > Journal.VERSION) {
        throw UnreadableJournal.newer(file, version.longValue(), Journal.VERSION);
      }
    } else if (!version.isMissingNode()) {
      throw damaged("its version is no number");
    }
  }

  private void requireOwnName(StepInput input) {
    UpgradePlan plan = Objects.requireNonNull(input.plan(), "plan");
    Objects.requireNonNull(input.from(), "from");
    Objects.requireNonNull(input.to(), "to");
    Path directory = file.toAbsolutePath().getParent();
    while (!directory.endsWith(Journals.DIRECTORY)) { // from that of those that are over
      directory = directory.getParent();
    }
    String owner = directory.getParent().getFileName().toString();
    if (!plan.tenant().id().value().equals(owner)) {
      throw damaged("it is that of tenant " + plan.tenant().id());
    }
    if (!file.getFileName().toString().equals(plan.upgradeId() + Journals.SUFFIX)) {
      throw damaged("it is that of upgrade " + plan.upgradeId());
    }
  }

  private UnreadableJournal damaged(String why) {
    return UnreadableJournal.damaged(file, Math.max(1, line), why, state.input());
  }
}
