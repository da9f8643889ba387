package dev.uplift.cli.rollout;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.uplift.cli.client.ApiClient;
import dev.uplift.cli.client.ApiClient.Answer;
import dev.uplift.cli.client.ConnectionOptions;
import dev.uplift.cli.console.Columns;
import dev.uplift.cli.console.CommandFailure;
import dev.uplift.cli.console.TagConverter;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Upgrades of many tenants, wave after wave. */
@Command(
    name = "rollout",
    sortOptions = false,
    header = "Upgrades many tenants, wave after wave.",
    subcommands = {
      RolloutCommand.Start.class,
      RolloutCommand.ListThem.class,
      RolloutCommand.Show.class,
      RolloutCommand.Watch.class,
      RolloutCommand.Pause.class,
      RolloutCommand.Resume.class,
      RolloutCommand.Approve.class,
      RolloutCommand.Abort.class,
      RolloutCommand.Retry.class
    })
public final class RolloutCommand {
  private static final String ROLLOUTS = "/api/rollouts";
  private static final String[] JSON = {"Content-Type", "application/json"};

  @Mixin private RolloutExitCodes exitCodes;

  private RolloutCommand() {}

  @Command(
      name = "start",
      sortOptions = false,
      header = "Starts a rollout.",
      description =
          "%nWithout options the whole fleet gets the latest release: the ring 'test' first, then one"
              + " canary, then the others; the first failure halts it.%n")
  static final class Start implements Callable<Integer> {
    @Spec private CommandSpec command;

    @Option(
        names = "--to",
        paramLabel = "VERSION",
        converter = TagConverter.class,
        description = "The release (default: the latest).")
    private String target;

    @Option(names = "--tenant", paramLabel = "TENANT", description = "Only these; repeatable.")
    private List<String> tenants = new ArrayList<>();

    @Option(names = "--app", paramLabel = "APP", description = "Only tenants of this app.")
    private String app;

    @Option(names = "--ring", paramLabel = "RING", description = "Only tenants of this ring.")
    private String ring;

    @Option(names = "--host", paramLabel = "HOST", description = "Only tenants on this host.")
    private String host;

    @Option(
        names = "--label",
        paramLabel = "NAME=VALUE",
        description = "Only tenants with this label; repeatable.")
    private Map<String, String> labels = Map.of();

    @Option(
        names = "--wave",
        paramLabel = "WAVE",
        converter = WaveConverter.class,
        description =
            "A wave, in their order: tenants (acme,hooli), a ring (ring:canary) or so many of it"
                + " (ring:production:10); repeatable (default: by rings).")
    private List<ObjectNode> waves = List.of();

    @Option(
        names = "--max-concurrency",
        paramLabel = "N",
        description = "Tenants at once (default: 4).")
    private Integer maxConcurrency;

    @Option(
        names = "--max-per-host",
        paramLabel = "N",
        description = "Tenants at once on each host (default: 2).")
    private Integer maxPerHost;

    @Option(
        names = "--max-failures",
        paramLabel = "N|N%",
        description = "Tenants that may fail before it halts (default: 0).")
    private String maxFailures;

    @Option(
        names = "--bake",
        paramLabel = "SECONDS",
        description = "How long a wave is watched before the next one (default: 0).")
    private Long bakeSeconds;

    @Option(names = "--approval", description = "Wait for 'approve' before each further wave.")
    private boolean approval;

    @Option(
        names = "--on-failure",
        paramLabel = "halt|continue",
        description = "What comes after too many failures (default: halt).")
    private String onFailure;

    @Option(
        names = "--dry-run",
        description = "Upgrade nobody; tell what would become of each tenant.")
    private boolean dryRun;

    @Option(
        names = "--rehearse",
        description =
            "Rehearse the migrations of every tenant on a copy of its database before anybody is"
                + " stopped; one that fails halts the rollout.")
    private boolean rehearse;

    @Option(
        names = "--leave-out",
        description = "With --rehearse: go on without those whose rehearsal fails.")
    private boolean leaveOut;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the audit log.")
    private String reason;

    @Option(
        names = "--watch",
        description = "Wait for the end, and tell what comes of each tenant.")
    private boolean watch;

    @Mixin private RolloutWatch watching;

    @Mixin private ConnectionOptions connection;

    @Override
    public Integer call() throws Exception {
      ApiClient api = new ApiClient(connection.resolve());
      Answer answer = api.post(ROLLOUTS, body().toString(), JSON);
      return started(api, answer, watch || dryRun, watching, command.commandLine().getOut());
    }

    private ObjectNode body() {
      ObjectNode body = JsonNodeFactory.instance.objectNode();
      if (target != null) {
        body.put("target_version", target);
      }
      if (!tenants.isEmpty()) {
        ArrayNode names = body.putArray("tenants");
        tenants.forEach(names::add);
      }
      if (!waves.isEmpty()) {
        body.putArray("waves").addAll(waves);
      }
      if (!labels.isEmpty()) {
        ObjectNode wanted = body.putObject("labels");
        labels.forEach(wanted::put);
      }
      putIfGiven(body, "app", app);
      putIfGiven(body, "ring", ring);
      putIfGiven(body, "host", host);
      putIfGiven(body, "max_failures", maxFailures);
      putIfGiven(body, "on_failure", onFailure);
      putIfGiven(body, "reason", reason);
      if (maxConcurrency != null) {
        body.put("max_concurrency", maxConcurrency);
      }
      if (maxPerHost != null) {
        body.put("max_concurrency_per_host", maxPerHost);
      }
      if (bakeSeconds != null) {
        body.put("bake_seconds", bakeSeconds);
      }
      if (dryRun) {
        body.put("dry_run", true);
      }
      if (rehearse) {
        body.put("rehearse", true);
      }
      if (leaveOut) {
        body.put("on_rehearsal_failure", "leave_out");
      }
      if (approval) {
        body.put("approval", true);
      }
      return body;
    }

    private static void putIfGiven(ObjectNode body, String name, String value) {
      if (value != null) {
        body.put(name, value);
      }
    }
  }

  private static JsonNode get(ApiClient api, String path) throws InterruptedException {
    Answer answer = api.get(path);
    if (!answer.isSuccess()) {
      throw new CommandFailure("no rollout was told: " + answer.problem());
    }
    return answer.body();
  }

  private static int started(
      ApiClient api, Answer answer, boolean watch, RolloutWatch watching, PrintWriter out)
      throws Exception {
    if (!answer.isSuccess()) {
      throw new CommandFailure("nothing was started: " + answer.problem());
    }
    if (watch) {
      if (!watching.isJson()) {
        out.println(RolloutView.headline(answer.body()));
        out.flush();
      }
      return watching.untilItEnds(api, ROLLOUTS + "/" + answer.body().path("id").asText(), out);
    }
    out.println(
        watching.isJson() ? answer.body().toPrettyString() : RolloutView.headline(answer.body()));
    return 0;
  }

  @Command(name = "list", sortOptions = false, header = "Lists rollouts, newest first.")
  static final class ListThem implements Callable<Integer> {
    @Spec private CommandSpec command;

    @Option(names = "--json", description = "Print them as JSON.")
    private boolean json;

    @Mixin private ConnectionOptions connection;

    @Override
    public Integer call() throws InterruptedException {
      JsonNode page = get(new ApiClient(connection.resolve()), ROLLOUTS);
      PrintWriter out = command.commandLine().getOut();
      if (json) {
        out.println(page.path("rollouts").toPrettyString());
        return 0;
      }
      List<List<String>> rows = new ArrayList<>();
      rows.add(List.of("ROLLOUT", "VERSION", "STATUS", "TENANTS", "BY", "AT"));
      for (JsonNode one : page.path("rollouts")) {
        rows.add(
            List.of(
                one.path("id").asText(),
                one.path("target_version").asText(),
                RolloutView.statusOf(one),
                one.path("progress").path("tenants").asText(Columns.UNKNOWN),
                one.path("requested_by").asText(),
                one.path("requested_at").asText()));
      }
      Columns.aligned(rows).forEach(out::println);
      if (page.path("next").isTextual()) {
        out.println("Older ones: " + page.path("next").asText());
      }
      return 0;
    }
  }

  /** What those have in common that are about one rollout. */
  private abstract static class About implements Callable<Integer> {
    @Spec CommandSpec command;

    @Parameters(paramLabel = "ROLLOUT", description = "Its id.")
    private UUID rollout;

    @Mixin private ConnectionOptions connection;

    ApiClient api() {
      return new ApiClient(connection.resolve());
    }

    String path() {
      return ROLLOUTS + "/" + rollout;
    }

    PrintWriter out() {
      return command.commandLine().getOut();
    }
  }

  @Command(name = "show", sortOptions = false, header = "Tells how far a rollout is.")
  static final class Show extends About {
    @Option(names = "--json", description = "Print it as JSON.")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException {
      JsonNode rollout = get(api(), path());
      if (json) {
        out().println(rollout.toPrettyString());
      } else {
        RolloutView.of(rollout, Instant.now()).forEach(out()::println);
      }
      return 0;
    }
  }

  @Command(
      name = "watch",
      sortOptions = false,
      header = "Waits until a rollout is over or halts, and tells what comes of each tenant.")
  static final class Watch extends About {
    @Mixin private RolloutWatch watching;

    @Override
    public Integer call() throws Exception {
      ApiClient api = api();
      get(api, path()); // says what is wrong, if there is none
      return watching.untilItEnds(api, path(), out());
    }
  }

  /** What those have in common that are recorded with a reason. */
  private abstract static class Reasoned extends About {
    @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the audit log.")
    private String reason;

    ObjectNode body() {
      ObjectNode body = JsonNodeFactory.instance.objectNode();
      if (reason != null) {
        body.put("reason", reason);
      }
      return body;
    }
  }

  /** What those have in common that tell a rollout something. */
  private abstract static class Telling extends Reasoned {
    private final String what;
    private final String done;

    Telling(String what, String done) {
      this.what = what;
      this.done = done;
    }

    @Override
    public Integer call() throws Exception {
      Answer answer = api().post(path() + "/" + what, body().toString(), JSON);
      if (!answer.isSuccess()) {
        throw new CommandFailure("the rollout was not " + done + ": " + answer.problem());
      }
      out().println(said());
      return 0;
    }

    String said() {
      return "The rollout was " + done + ".";
    }
  }

  @Command(name = "pause", sortOptions = false, header = "Starts no tenant for now.")
  static final class Pause extends Telling {
    Pause() {
      super("pause", "paused");
    }
  }

  @Command(
      name = "resume",
      sortOptions = false,
      header = "Goes on after a pause or a halt; the failures so far are taken as seen.")
  static final class Resume extends Telling {
    Resume() {
      super("resume", "resumed");
    }
  }

  @Command(name = "approve", sortOptions = false, header = "Lets the next wave begin.")
  static final class Approve extends Telling {
    Approve() {
      super("approve", "approved");
    }
  }

  @Command(
      name = "abort",
      sortOptions = false,
      header = "Starts no tenant any more, and ends when those under way have ended.")
  static final class Abort extends Telling {
    @Option(
        names = "--cancel-running",
        description = "Have the upgrades under way give up, as far as they still can.")
    private boolean cancelRunning;

    Abort() {
      super("abort", "aborted");
    }

    @Override
    String said() {
      return cancelRunning
          ? "The rollout starts nothing any more; what is under way gives up if it still can."
          : "The rollout starts nothing any more; what is under way goes on to its end.";
    }

    @Override
    ObjectNode body() {
      ObjectNode body = super.body();
      if (cancelRunning) {
        body.put("cancel_running", true);
      }
      return body;
    }
  }

  @Command(
      name = "retry",
      sortOptions = false,
      header =
          "Starts a rollout of those tenants of another one that were tried and did not get there.")
  static final class Retry extends Reasoned {
    @Option(
        names = "--watch",
        description = "Wait for the end, and tell what comes of each tenant.")
    private boolean watch;

    @Mixin private RolloutWatch watching;

    @Override
    public Integer call() throws Exception {
      ApiClient api = api();
      Answer answer = api.post(path() + "/retry", body().toString(), JSON);
      return started(api, answer, watch, watching, out());
    }
  }
}
