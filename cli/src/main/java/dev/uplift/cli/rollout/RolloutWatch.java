package dev.uplift.cli.rollout;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.cli.client.ApiClient;
import dev.uplift.cli.client.ApiClient.Answer;
import dev.uplift.cli.console.CommandFailure;
import dev.uplift.cli.console.Terminal;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Waits until a rollout is over or halts, and tells what happens until then. */
final class RolloutWatch {
  private static final Duration REDRAWN_EVERY = Duration.ofMillis(500);
  private static final Duration UNTIL_ASKED_AGAIN = Duration.ofSeconds(2);
  private static final int ASKED_AGAIN = 150;
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
    JsonNode ended;
    do {
      if (json) {
        followQuietly(api, path);
      } else if (isTerminal()) {
        draw(api, path, out);
      } else {
        tell(api, path, out);
      }
      ended = ask(api, path);
      // Somebody may have resumed meanwhile what had halted.
    } while (!EXIT_CODES.containsKey(RolloutView.status(ended)));
    if (json) {
      out.println(ended.toPrettyString());
    } else {
      RolloutView.of(ended, Instant.now()).forEach(out::println);
    }
    out.flush();
    return EXIT_CODES.get(RolloutView.status(ended));
  }

  private static boolean isTerminal() {
    return Terminal.is(Terminal.OUTPUT) && !"dumb".equals(System.getenv("TERM"));
  }

  private static void followQuietly(ApiClient api, String path) throws InterruptedException {
    new RolloutEvents(api, path, (kind, told) -> goesOn(api, path, kind, told)).untilTheEnd();
  }

  private static void tell(ApiClient api, String path, PrintWriter out)
      throws InterruptedException {
    new RolloutEvents(
            api,
            path,
            (kind, told) -> {
              line(kind, told).forEach(out::println);
              out.flush();
              return goesOn(api, path, kind, told);
            })
        .untilTheEnd();
  }

  private static List<String> line(String kind, JsonNode told) {
    if (kind.equals("tenant")) {
      return RolloutView.told(told).map(line -> List.of("  " + line)).orElse(List.of());
    }
    List<String> lines = new ArrayList<>();
    lines.add("  -- " + RolloutView.halt(told).orElse(RolloutView.status(told)));
    RolloutView.next(told).ifPresent(line -> lines.add("     " + line));
    return lines;
  }

  /** What is told may be long past: a rollout that had halted may have been resumed since. */
  private static boolean goesOn(ApiClient api, String path, String kind, JsonNode told) {
    if (!kind.equals("status") || !EXIT_CODES.containsKey(RolloutView.status(told))) {
      return true;
    }
    try {
      JsonNode now = ask(api, path + "?tenants=false");
      return !EXIT_CODES.containsKey(RolloutView.status(now));
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** What has happened scrolls away above what is going on. */
  private static void draw(ApiClient api, String path, PrintWriter out)
      throws InterruptedException {
    Queue<String> happened = new ConcurrentLinkedQueue<>();
    Thread listener =
        new Thread(
            () -> {
              try {
                new RolloutEvents(
                        api,
                        path,
                        (kind, told) -> {
                          happened.addAll(line(kind, told));
                          return true;
                        })
                    .untilTheEnd();
              } catch (InterruptedException | CommandFailure over) {
                // Whoever draws finds out by itself.
              }
            },
            "rollout-events");
    listener.setDaemon(true);
    listener.start();
    int drawn = 0;
    boolean over = false;
    while (!over) {
      JsonNode now = ask(api, path + "?tenants=false");
      over = EXIT_CODES.containsKey(RolloutView.status(now));
      erase(drawn, out);
      for (String line = happened.poll(); line != null; line = happened.poll()) {
        out.println(line);
      }
      List<String> lines = RolloutView.live(now, Instant.now());
      lines.forEach(out::println);
      out.flush();
      drawn = lines.size();
      if (!over) {
        Thread.sleep(REDRAWN_EVERY.toMillis());
      }
    }
    erase(drawn, out);
    happened.forEach(out::println);
  }

  private static void erase(int lines, PrintWriter out) {
    if (lines > 0) {
      out.print("\u001b[" + lines + "F\u001b[J");
    }
  }

  /** Asks for as long as a restart of the API may take. */
  private static JsonNode ask(ApiClient api, String path) throws InterruptedException {
    CommandFailure last = null;
    for (int tries = 0; tries < ASKED_AGAIN; tries++) {
      try {
        Answer answer = api.get(path);
        if (answer.isSuccess()) {
          return answer.body();
        }
        last = new CommandFailure("the rollout was not told: " + answer.problem());
        if (answer.status() / 100 == 4) {
          throw last;
        }
      } catch (CommandFailure away) {
        if (away == last) {
          throw away;
        }
        last = away;
      }
      Thread.sleep(UNTIL_ASKED_AGAIN.toMillis());
    }
    throw last;
  }
}
