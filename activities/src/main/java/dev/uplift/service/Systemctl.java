package dev.uplift.service;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.uplift.host.Cancellation;
import dev.uplift.host.StepCancelled;
import dev.uplift.host.StepFailure;
import dev.uplift.upgrade.FailureKind;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Talks to systemd as a person would, through its own programs. Whether the worker's user may do
 * what is asked is for polkit to say; nobody is asked for a password.
 */
final class Systemctl {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The bus may not answer for a while when a machine is short of everything. */
  private static final Duration QUESTION = Duration.ofSeconds(30);

  private static final int QUESTION_TRIES = 3;
  private static final Duration PAUSE = Duration.ofMillis(500);

  /** After which a step that waits for systemd looks whether it is to stop. */
  private static final long SLICE_MILLIS = 200;

  private volatile boolean stopping;

  /**
   * How a program ended.
   *
   * @param exitCode meaningless if it was given up
   * @param gaveUp whether it was ended because its time was over; what it had asked systemd for
   *     goes on
   * @param output standard output
   * @param errors standard error
   */
  record Outcome(int exitCode, boolean gaveUp, String output, String errors) {
    boolean succeeded() {
      return exitCode == 0 && !gaveUp;
    }

    boolean isDenied() {
      return errors.contains("Access denied")
          || errors.contains("Interactive authentication required");
    }

    /** Whether it would undo what systemd has been asked for already, which is to shut down. */
    boolean isOvertaken() {
      return errors.contains("is destructive");
    }
  }

  /** What systemd says of the units, in their order. */
  List<UnitProperties> show(Collection<String> units) {
    List<String> words = systemctl("show", "--property=" + String.join(",", UnitProperties.NAMES));
    words.add("--");
    words.addAll(units);
    List<UnitProperties> shown = UnitProperties.parse(ask(words));
    if (shown.size() != units.size()) {
      throw new IllegalStateException("asked for " + units + ", but was told " + shown);
    }
    return shown;
  }

  /** An assertion that is in force for a unit. */
  record Assertion(String type, boolean negated, String parameter) {}

  /**
   * The assertions of a unit as systemd has them in mind, which is what counts: a file may not have
   * been read yet, and a later one may have cleared an earlier one.
   */
  List<Assertion> assertions(UnitName unit) {
    String answer =
        ask(
            List.of(
                "busctl",
                "--system",
                "--json=short",
                "get-property",
                "org.freedesktop.systemd1",
                "/org/freedesktop/systemd1/unit/" + busLabel(unit.value() + ".service"),
                "org.freedesktop.systemd1.Unit",
                "Asserts"));
    try {
      List<Assertion> assertions = new ArrayList<>();
      // Each is type, trigger, negated, parameter and result.
      for (JsonNode one : JSON.readTree(answer).path("data")) {
        assertions.add(
            new Assertion(one.path(0).asText(), one.path(2).asBoolean(), one.path(3).asText()));
      }
      return assertions;
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A name as the bus writes it in a path. */
  static String busLabel(String name) {
    StringBuilder label = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean plain = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || i > 0 && c >= '0' && c <= '9';
      label.append(plain ? String.valueOf(c) : "_%02x".formatted((int) c));
    }
    return label.toString();
  }

  Outcome start(UnitName unit, Duration patience, Cancellation cancellation) {
    return run(systemctl("start", "--", service(unit)), patience, cancellation);
  }

  /** Whether the machine is being switched off or restarted. */
  boolean isSystemStopping() {
    Outcome outcome = run(systemctl("is-system-running"), QUESTION);
    String state = outcome.output().strip();
    // Near the end nobody answers any more; then what was heard last holds.
    if (!state.isEmpty() && !state.equals("unknown") && !state.equals("offline")) {
      stopping = state.equals("stopping");
    }
    return stopping;
  }

  /** Stops the units at once. */
  Outcome stop(List<UnitName> units, Duration patience) {
    List<String> words = systemctl("stop", "--");
    units.forEach(unit -> words.add(service(unit)));
    return run(words, patience);
  }

  /** Makes systemd forget how often a unit has failed; one that never failed is unknown to it. */
  Outcome resetFailed(UnitName unit) {
    return run(systemctl("reset-failed", "--", service(unit)), QUESTION);
  }

  /** Asks for what is there already, to learn whether the worker may ask. Units must be active. */
  Outcome startWhatRuns(List<UnitName> units) {
    List<String> words = systemctl("start", "--job-mode=ignore-dependencies", "--");
    units.forEach(unit -> words.add(service(unit)));
    return run(words, QUESTION);
  }

  /** The same for units that are down: they are asked to stop. */
  Outcome stopWhatIsDown(List<UnitName> units) {
    List<String> words = systemctl("stop", "--job-mode=ignore-dependencies", "--");
    units.forEach(unit -> words.add(service(unit)));
    return run(words, QUESTION);
  }

  private static List<String> systemctl(String verb, String... options) {
    List<String> words = new ArrayList<>(List.of("systemctl", "--no-ask-password", verb));
    words.addAll(List.of(options));
    return words;
  }

  static String service(UnitName unit) {
    return unit + ".service";
  }

  private static String ask(List<String> words) {
    Outcome outcome = run(words, QUESTION);
    for (int tried = 1; !outcome.succeeded() && tried < QUESTION_TRIES; tried++) {
      Cancellation.NEVER.pause(PAUSE);
      outcome = run(words, QUESTION);
    }
    if (!outcome.succeeded()) {
      throw new StepFailure(
          FailureKind.HOST_UNPREPARED,
          "systemd does not answer on this host.",
          String.join(" ", words) + "\n" + outcome.errors(),
          "If the services of this host are not systemd's, set uplift.host.services to process.");
    }
    return outcome.output();
  }

  /** Runs one of systemd's programs to its end, or until {@code patience} is over. */
  static Outcome run(List<String> words, Duration patience) {
    return run(words, patience, Cancellation.NEVER);
  }

  /**
   * @throws StepCancelled if the step is to stop meanwhile; what was asked of systemd goes on
   */
  static Outcome run(List<String> words, Duration patience, Cancellation cancellation) {
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    builder.environment().clear();
    builder.environment().put("PATH", System.getenv().getOrDefault("PATH", "/usr/bin:/bin"));
    builder.environment().put("LC_ALL", "C.UTF-8");
    Process process = null;
    try {
      process = builder.start();
      CompletableFuture<String> output = read(process.getInputStream());
      CompletableFuture<String> errors = read(process.getErrorStream());
      long giveUpNanos = System.nanoTime() + patience.toNanos();
      boolean ended = process.waitFor(slice(giveUpNanos), TimeUnit.MILLISECONDS);
      while (!ended && giveUpNanos - System.nanoTime() > 0) {
        cancellation.check();
        ended = process.waitFor(slice(giveUpNanos), TimeUnit.MILLISECONDS);
      }
      if (!ended) {
        process.destroyForcibly().waitFor();
      }
      return new Outcome(process.exitValue(), !ended, output.join(), errors.join().strip());
    } catch (IOException noSuchProgram) {
      return new Outcome(1, false, "", String.valueOf(noSuchProgram.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StepCancelled("interrupted");
    } finally {
      if (process != null) {
        process.destroyForcibly();
      }
    }
  }

  private static long slice(long giveUpNanos) {
    long leftMillis = TimeUnit.NANOSECONDS.toMillis(giveUpNanos - System.nanoTime()) + 1;
    return Math.max(0, Math.min(SLICE_MILLIS, leftMillis));
  }

  private static CompletableFuture<String> read(InputStream stream) {
    return CompletableFuture.supplyAsync(
        () -> {
          try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        task -> {
          Thread reader = new Thread(task, "systemd-output");
          reader.setDaemon(true);
          reader.start();
        });
  }
}
