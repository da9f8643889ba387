package dev.uplift.cli.backup;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.uplift.cli.client.ApiClient;
import dev.uplift.cli.client.ApiClient.Answer;
import dev.uplift.cli.client.ConnectionOptions;
import dev.uplift.cli.fleet.TenantSelection;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What upgrades have left on the hosts. */
@Command(
    name = "backups",
    sortOptions = false,
    header = "Lists, verifies and prunes the backups of tenants.",
    subcommands = {
      BackupsCommand.ListThem.class,
      BackupsCommand.Verify.class,
      BackupsCommand.Prune.class
    })
public final class BackupsCommand {
  private static final Duration PATIENCE = Duration.ofHours(2).plusMinutes(3);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private BackupsCommand() {}

  /** What was answered about a tenant. */
  record Told(String tenant, String host, Answer answer) {
    /** Whether nothing of it needs a person. */
    boolean isFine(Function<JsonNode, Boolean> item) {
      if (!answer.isSuccess()) {
        return false;
      }
      for (JsonNode one : answer.body().path("items")) {
        if (!item.apply(one)) {
          return false;
        }
      }
      return true;
    }
  }

  /** What the three have in common. */
  private abstract static class About implements Callable<Integer> {
    @Spec private CommandSpec command;

    @ArgGroup(multiplicity = "1")
    private TenantSelection selection;

    @Option(names = "--json", description = "Print what the hosts said as JSON.")
    private boolean json;

    @Mixin private ConnectionOptions connection;

    abstract int atOnce();

    abstract Answer ask(ApiClient api, String tenant, String host) throws InterruptedException;

    abstract List<String> table(List<Told> told);

    abstract boolean isFine(JsonNode item);

    @Override
    public Integer call() throws InterruptedException {
      ApiClient api = new ApiClient(connection.resolve());
      List<Told> told =
          selection.ask(api, atOnce(), (tenant, host) -> ask(api, tenant, host), Told::new);
      PrintWriter out = command.commandLine().getOut();
      if (json) {
        out.println(asJson(told));
      } else {
        table(told).forEach(out::println);
      }
      return told.stream().allMatch(one -> one.isFine(this::isFine)) ? 0 : 1;
    }
  }

  @Command(
      name = "list",
      sortOptions = false,
      header = "Lists backups and failed databases, and why each is kept.",
      description =
          "%nEnds with 1 if a host did not answer, or if a backup is not what it was when it was"
              + " made, as far as that can be seen without reading it.%n")
  static final class ListThem extends About {
    @Override
    int atOnce() {
      return 8;
    }

    @Override
    Answer ask(ApiClient api, String tenant, String host) throws InterruptedException {
      return api.get("/api/tenants/" + tenant + "/backups");
    }

    @Override
    List<String> table(List<Told> told) {
      return BackupsTable.listed(told);
    }

    @Override
    boolean isFine(JsonNode item) {
      return !BackupsTable.is(item, "altered");
    }
  }

  @Command(
      name = "verify",
      sortOptions = false,
      header = "Restores backups into scratch and compares each with its manifest.",
      description =
          "%nThe tenant is not touched and goes on serving. Ends with 0 if every backup is good,"
              + " else with 1.%n")
  static final class Verify extends About {
    @Option(
        names = "--name",
        paramLabel = "NAME",
        description = "Only the backup of this name, like pocket.db.backup_20261122_135420.")
    private String name;

    @Override
    int atOnce() {
      return 2;
    }

    @Override
    Answer ask(ApiClient api, String tenant, String host) throws InterruptedException {
      ObjectNode body = JsonNodeFactory.instance.objectNode();
      if (name != null) {
        body.put("name", name);
      }
      return api.postAndWait(
          "/api/tenants/" + tenant + "/backups/verify", body.toString(), PATIENCE);
    }

    @Override
    List<String> table(List<Told> told) {
      return BackupsTable.verified(told);
    }

    @Override
    boolean isFine(JsonNode item) {
      return !BackupsTable.is(item, "altered") && !BackupsTable.is(item, "unchecked");
    }
  }

  @Command(
      name = "prune",
      sortOptions = false,
      header = "Deletes what the hosts' retention does not keep.",
      description =
          "%nBackups, failed databases, journals and evidence of the tenants, and of their hosts the"
              + " dependency sets that nobody needs and scratch trees. How much is kept is a setting"
              + " of each host's worker; the last good backup always is. Ends with 0 if all that was"
              + " to be deleted is gone, else with 1.%n")
  static final class Prune extends About {
    @Option(names = "--dry-run", description = "Only say what would be deleted.")
    private boolean dryRun;

    // What belongs to a host is asked of it once, with the first of its tenants.
    private final Set<String> hosts = ConcurrentHashMap.newKeySet();

    @Override
    int atOnce() {
      return 4;
    }

    @Override
    Answer ask(ApiClient api, String tenant, String host) throws InterruptedException {
      ObjectNode body =
          JsonNodeFactory.instance
              .objectNode()
              .put("dry_run", dryRun)
              .put("of_host", hosts.add(host));
      return api.postAndWait(
          "/api/tenants/" + tenant + "/backups/prune", body.toString(), PATIENCE);
    }

    @Override
    List<String> table(List<Told> told) {
      return BackupsTable.pruned(told, dryRun);
    }

    @Override
    boolean isFine(JsonNode item) {
      return dryRun || item.path("keep").asBoolean() || item.path("deleted").asBoolean();
    }
  }

  private static String asJson(List<Told> told) {
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    for (Told one : told) {
      ObjectNode entry = all.addObject().put("tenant", one.tenant()).put("host", one.host());
      if (one.answer().isSuccess()) {
        entry.setAll((ObjectNode) one.answer().body());
      } else {
        entry.put("problem", one.answer().problem());
      }
    }
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(all);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
