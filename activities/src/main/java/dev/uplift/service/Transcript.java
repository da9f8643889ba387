package dev.uplift.service;

import dev.uplift.health.HealthVerdict;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;

/** What was seen of a tenant's health, a line for each change, the latest ones. */
final class Transcript {
  private final int limitChars;
  private final Deque<String> lines = new ArrayDeque<>();
  private int chars;
  private String previous = "";
  private boolean wrongRelease;

  Transcript(int limitChars) {
    this.limitChars = limitChars;
  }

  void add(Duration since, List<HealthVerdict> verdicts, List<String> deaths) {
    List<String> seen = new ArrayList<>(deaths);
    verdicts.stream().map(HealthVerdict::reason).filter(Objects::nonNull).forEach(seen::add);
    String text = seen.isEmpty() ? "all checks hold" : String.join("; ", seen);
    wrongRelease = verdicts.stream().anyMatch(HealthVerdict::wrongRelease);
    if (text.equals(previous)) {
      return;
    }
    previous = text;
    String line = "after " + since.toMillis() + " ms: " + text;
    lines.add(line);
    chars += line.length() + 1;
    while (chars > limitChars && lines.size() > 1) {
      chars -= lines.removeFirst().length() + 1;
    }
  }

  /** Whether the latest look met another release than the expected one. */
  boolean sawWrongRelease() {
    return wrongRelease;
  }

  @Override
  public String toString() {
    return String.join("\n", lines);
  }
}
