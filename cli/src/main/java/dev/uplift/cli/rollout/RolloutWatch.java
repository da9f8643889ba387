package dev.uplift.cli.rollout;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.cli.client.ApiClient;
import dev.uplift.cli.client.ApiClient.Answer;
import dev.uplift.cli.console.CommandFailure;
import dev.uplift.cli.console.Terminal;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Waits until a rollout is over or halts, and tells what happens until then. */
final class RolloutWatch {
  private static final Duration REDRAWN_EVERY = Duration.ofMillis(500);
  private static final Duration ASKED_EVERY = Duration.ofSeconds(1);

  /** The server looks for events twice a second. */
  private static final Duration LAST_EVENTS = Duration.ofSeconds(2);

  private static final String WITHOUT_TENANTS = "?tenants=false";

  private static final Map<String, Integer> EXIT_CODES =
      Map.of("success", 0, "partial", 3, "halted", 4, "aborted", 5);

  @Mixin private RolloutExitCodes exitCodes;

  @Option(names = "--json", description = "Print the rollout as JSON when it is over or halts.")
  private boolean json;

  boolean isJson() {
    return json;
  }

  /** The exit code that says how it ended. */
  int untilItEnds(ApiClient api, String path, PrintWriter out) throws InterruptedException {
    Queue<String> happened = new ConcurrentLinkedQueue<>();
    // Of a dry run all is told at its end, when it is known what to expect of each tenant.
    boolean tells = !json && !ask(api, path + WITHOUT_TENANTS).path("dry_run").asBoolean();
    Optional<Thread> listener =
        tells ? Optional.of(listener(api, path, happened)) : Optional.empty();
    JsonNode ended;
    do {
      show(api, path, happened, out);
      if (listener.isPresent()) {
        listener.get().join(LAST_EVENTS.toMillis());
        print(happened, out);
      }
      ended = ask(api, path);
      // Somebody may have resumed meanwhile what had halted.
    } while (!isOver(ended));
    if (json) {
      out.println(ended.toPrettyString());
    } else {
      List<String> lines =
          tells ? RolloutView.ended(ended, Instant.now()) : RolloutView.of(ended, Instant.now());
      lines.forEach(out::println);
    }
    out.flush();
    return EXIT_CODES.get(RolloutView.status(ended));
  }

  private static boolean isOver(JsonNode rollout) {
    return EXIT_CODES.containsKey(RolloutView.status(rollout));
  }

  private static boolean isTerminal() {
    return Terminal.is(Terminal.OUTPUT) && !"dumb".equals(System.getenv("TERM"));
  }

  /** Takes down what has happened since the rollout began, each event once. */
  private static Thread listener(ApiClient api, String path, Queue<String> happened) {
    Thread listener =
        new Thread(
            () -> {
              try {
                new RolloutEvents(api, path, (kind, told) -> happened.addAll(line(kind, told)))
                    .untilTheEnd();
              } catch (InterruptedException | CommandFailure over) {
                // Whoever shows it asks by itself, and finds out.
              }
            },
            "rollout-events");
    listener.setDaemon(true);
    listener.start();
    return listener;
  }

  private static List<String> line(String kind, JsonNode told) {
    return kind.equals("tenant")
        ? RolloutView.told(told).map(line -> List.of("  " + line)).orElse(List.of())
        : List.of("  -- " + RolloutView.halted(told).orElse(RolloutView.status(told)));
  }

  /** What has happened scrolls away above what is going on, if this is a terminal. */
  private void show(ApiClient api, String path, Queue<String> happened, PrintWriter out)
      throws InterruptedException {
    boolean draws = !json && isTerminal();
    Optional<String> next = Optional.empty();
    int drawn = 0;
    while (true) {
      JsonNode now = ask(api, path + WITHOUT_TENANTS);
      erase(drawn, out);
      print(happened, out);
      if (isOver(now)) {
        return;
      }
      if (draws) {
        List<String> lines = RolloutView.live(now, Instant.now());
        lines.forEach(out::println);
        drawn = lines.size();
      } else if (!json && !RolloutView.next(now).equals(next)) {
        next = RolloutView.next(now);
        next.ifPresent(line -> out.println("     " + line));
      }
      out.flush();
      Thread.sleep((draws ? REDRAWN_EVERY : ASKED_EVERY).toMillis());
    }
  }

  private static void print(Queue<String> happened, PrintWriter out) {
    for (String line = happened.poll(); line != null; line = happened.poll()) {
      out.println(line);
    }
    out.flush();
  }

  private static void erase(int lines, PrintWriter out) {
    if (lines > 0) {
      out.print("\u001b[" + lines + "F\u001b[J");
    }
  }

  private static JsonNode ask(ApiClient api, String path) throws InterruptedException {
    Answer answer = api.getPatiently(path);
    if (!answer.isSuccess()) {
      throw new CommandFailure("the rollout was not told: " + answer.problem());
    }
    return answer.body();
  }
}
