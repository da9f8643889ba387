package dev.uplift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class UpliftTest {
  private static final int FAILED = 1;
  private static final int WRONG_USAGE = 2;

  @TempDir private Path directory;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void helpNamesEveryCommandAndTheExitCodes() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString())
        .contains("demo", "up", "api", "worker", "apply", "token", "engine")
        .contains("discover", "check", "export")
        .contains("Exit codes:");
  }

  @Test
  void theLauncherKnowsEveryCommandOfTheClient() throws Exception {
    String clients =
        Files.readAllLines(Path.of("..", "uplift")).stream()
            .filter(line -> line.startsWith("tenants | version | "))
            .findFirst()
            .orElseThrow();

    List<String> asking =
        Uplift.commandLine().getSubcommands().entrySet().stream()
            .filter(command -> asksAServer(command.getValue()))
            .map(Map.Entry::getKey)
            .toList();

    assertThat(clients.replace(")", "").split(" \\| ")).containsExactlyInAnyOrderElementsOf(asking);
  }

  private static boolean asksAServer(CommandLine command) {
    return command.getCommandSpec().findOption("--ca-file") != null
        || command.getSubcommands().values().stream().anyMatch(UpliftTest::asksAServer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense",
        "demo --tenants 0",
        "demo --rows -1",
        "demo --port 65536",
        "demo --engine embeded",
        "api --set port",
        "api --config /nonexistent.yml",
        "token create",
        "token create me --expires tomorrow",
        "apply",
        "check",
        "check --all acme",
        "check acme --to latest",
        "rollback acme --confirm yes",
        "backups",
        "backups prune",
        "backups verify --all acme",
        "discover",
        "discover --root /nonexistent",
        "discover --root /tmp --app A_B"
      })
  void wrongUsageIsToldWithItsOwnExitCode(String line) {
    assertThat(run(line.split(" "))).isEqualTo(WRONG_USAGE);
    assertThat(err.toString()).startsWith("uplift: ").contains("--help'.");
    assertThat(out.toString()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "api --set uplift.engine.embedded=true",
        "worker --set uplift.engine.embedded=true",
        "up --engine embedded --root /tmp --services /tmp"
      })
  void theEmbeddedEngineIsForTheDemoOnly(String line) {
    assertThat(run(line.split(" "))).isEqualTo(WRONG_USAGE);
    assertThat(err.toString()).contains("forgets everything").contains("demo only");
  }

  @Test
  void anEngineOnAnotherMachineIsRefused() {
    assertThat(run("demo", "--engine", "192.0.2.7:7233")).isEqualTo(FAILED);
    assertThat(err.toString()).contains("--insecure");
  }

  @Test
  void aRegistryIsFoundThroughTheSettingsOfTheApi() throws Exception {
    Path registry = directory.resolve("registry.db");
    Path config = directory.resolve("uplift-api.yml");
    Files.writeString(config, "uplift:\n  port: 4711\n  database: " + registry + "\n");

    assertThat(run("token", "create", "ci", "--config", config.toString())).isZero();

    assertThat(registry).exists();
    assertThat(run("token", "list", "--registry", registry.toString())).isZero();
    assertThat(out.toString()).contains("ci");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--registry jdbc:postgresql://db/uplift|uplift.database-user",
        "--registry jdbc:postgresql://db/uplift?password=hunter2 --database-user ops|password-file",
        "--registry postgres://ops:hunter2@db/uplift|jdbc:postgresql://HOST",
        "--registry registry.db --database-user ops|uplift.database is a file",
        "--registry jdbc:postgresql://127.0.0.1:1/uplift --database-user ops|does not answer",
        "--config /nonexistent.yml|/nonexistent.yml cannot be read"
      })
  void aRegistryThatCannotBeOpenedIsToldInOneLine(String options, String told) {
    assertThat(run(("token list " + options).split(" "))).isEqualTo(FAILED);

    assertThat(err.toString()).startsWith("uplift: ").contains(told).doesNotContain("hunter2");
    assertThat(err.toString().lines()).hasSize(1);
  }

  @Test
  void aTokenIsMadeListedAndRevokedWithoutAServer() {
    String registry = directory.resolve("registry.db").toString();

    assertThat(run("token", "create", "ci", "--scope", "read,upgrade", "--registry", registry))
        .isZero();
    String token = out.toString().strip();
    assertThat(token).startsWith("uplift_").doesNotContain("\n");

    assertThat(run("token", "list", "--registry", registry)).isZero();
    assertThat(out.toString().substring(token.length()))
        .contains("ci")
        .contains("upgrade")
        .doesNotContain(token);

    assertThat(run("token", "revoke", "ci", "--registry", registry)).isZero();
    assertThat(run("token", "revoke", "nobody", "--registry", registry)).isEqualTo(FAILED);
    assertThat(err.toString()).contains("nobody");
  }

  @Test
  void theTokensOfARegistryThatIsNotThereAreNotListedAsNone() {
    String registry = directory.resolve("absent.db").toString();

    assertThat(run("token", "list", "--registry", registry)).isEqualTo(FAILED);
    assertThat(err.toString()).contains(registry).doesNotContain("\tat ");
  }

  @Test
  void aFailureThatWasForeseenIsOneLine() {
    assertThat(run("apply", directory.resolve("absent.yml").toString())).isEqualTo(FAILED);
    assertThat(List.of(err.toString().split("\n"))).hasSize(1);
    assertThat(err.toString()).startsWith("uplift: ").contains("absent.yml");
  }

  private int run(String... arguments) {
    CommandLine commandLine = Uplift.commandLine();
    return commandLine
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }
}
