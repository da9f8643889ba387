package dev.uplift.cli.tenant;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.cli.client.ApiClient;
import dev.uplift.cli.client.ApiClient.Answer;
import dev.uplift.cli.console.CommandFailure;
import dev.uplift.cli.console.Deadline;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/** An upgrade or a rollback that is followed to its end. */
final class Followed {
  private static final Duration PATIENCE = Duration.ofHours(6);
  private static final Duration POLL = Duration.ofMillis(500);

  private final ApiClient api;
  private final String what;
  private final String path;
  private final PrintWriter out;
  private final StepLines lines = new StepLines();

  /**
   * @param what it is: {@code upgrade} or {@code rollback}
   * @param location as the API told it
   * @param out where each step is told when it has ended
   */
  Followed(ApiClient api, String what, String location, PrintWriter out) {
    this.api = api;
    this.what = what;
    this.path = URI.create(location).getPath();
    this.out = out;
  }

  /** As the ledger has it when it is over, with its report if there is one. */
  JsonNode toItsEnd() throws Exception {
    JsonNode ended =
        Deadline.in(PATIENCE)
            .poll(POLL, this::over)
            .orElseThrow(
                () ->
                    new CommandFailure("the " + what + " is not over yet: ask for it at " + path));
    ended
        .path("report")
        .path("warnings")
        .forEach(warning -> out.println("Warning: " + warning.asText()));
    return ended;
  }

  /** The exit code that says how it ended, when whoever waits was told why it is no success. */
  int exitCode(JsonNode ended, PrintWriter err) {
    int code = UpgradeEnd.exitCode(ended.path("status").asText());
    if (code != 0) {
      UpgradeEnd.failure(what, ended).forEach(err::println);
      err.flush();
    }
    return code;
  }

  private Optional<JsonNode> over() throws InterruptedException {
    JsonNode state = ask();
    boolean running = state.path("status").asText().equals("running");
    lines.newsOf(state).forEach(line -> out.println("  " + line));
    out.flush();
    return running ? Optional.empty() : Optional.of(state);
  }

  private JsonNode ask() throws InterruptedException {
    String why;
    try {
      Answer answer = api.getPatiently(path);
      if (answer.isSuccess()) {
        return answer.body();
      }
      why = answer.problem();
    } catch (CommandFailure away) {
      why = away.getMessage();
    }
    throw new CommandFailure(
        "the %s goes on and cannot be watched any more; ask for it at %s. %s"
            .formatted(what, path, why));
  }
}
