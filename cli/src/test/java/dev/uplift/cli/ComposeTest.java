package dev.uplift.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uplift.api.ApiSettings;
import dev.uplift.sandbox.engine.ProductionPrograms;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** What the project's docker-compose.yml promises, as far as that can be seen without a Docker. */
class ComposeTest {
  private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
  private static final String COMMAND = "docker-compose";

  @TempDir private Path directory;
  private static Map<String, Map<String, Object>> services;

  @BeforeAll
  static void read() throws IOException {
    Map<String, Object> compose =
        new Yaml(new SafeConstructor(new LoaderOptions()))
            .load(Files.readString(PROJECT.resolve("docker-compose.yml")));
    services = map(compose.get("services"));
  }

  @Test
  void everyImageIsOfOneVersion() throws IOException {
    services.forEach(
        (name, service) ->
            assertThat((String) service.get("image"))
                .as("the image of %s", name)
                .matches("[a-z0-9/-]+:[0-9]+\\.[0-9]+[a-z0-9._-]*"));
    assertThat(Files.readAllLines(PROJECT.resolve("Dockerfile")))
        .filteredOn(line -> line.startsWith("FROM"))
        .singleElement()
        .asString()
        .matches("FROM [a-z0-9-]+:[0-9]+\\.[0-9]+\\.[0-9]+_.*");
  }

  @Test
  void theServerAndItsToolsAreThoseThatTheTestsRun() {
    assertThat(services.values())
        .extracting(service -> (String) service.get("image"))
        .filteredOn(image -> image.matches("temporalio/(server|admin-tools):.*"))
        .hasSize(3)
        .allMatch(image -> image.endsWith(":" + ProductionPrograms.VERSION));
  }

  @Test
  void everyServiceIsWatchedOrEnds() {
    List<String> ended =
        services.values().stream()
            .flatMap(
                service ->
                    ComposeTest.<Map<String, String>>map(service.get("depends_on"))
                        .entrySet()
                        .stream())
            .filter(needed -> needed.getValue().containsValue("service_completed_successfully"))
            .map(Map.Entry::getKey)
            .toList();
    services.forEach(
        (name, service) -> {
          if (ended.contains(name)) {
            assertThat(service).as(name).containsEntry("restart", "on-failure");
          } else {
            assertThat(service)
                .as(name)
                .containsEntry("restart", "unless-stopped")
                .containsKey("healthcheck");
          }
        });
  }

  @Test
  void nothingSecretIsWrittenDown() {
    services.forEach(
        (name, service) ->
            ComposeTest.<String>map(service.get("environment"))
                .forEach(
                    (variable, value) -> {
                      if (variable.matches(".*(PASSWORD|PWD|SECRET|TOKEN|KEY).*")) {
                        assertThat(value)
                            .as("%s of %s", variable, name)
                            .startsWith("/run/secrets/");
                      }
                    }));
  }

  @Test
  void onlyThisMachineReachesItUnlessItsOperatorSaysSo() {
    assertThat(services.values())
        .flatExtracting(
            service -> service.get("ports") == null ? List.of() : (List<?>) service.get("ports"))
        .isNotEmpty()
        .allSatisfy(
            port ->
                assertThat(port.toString())
                    .matches(
                        "(127\\.0\\.0\\.1|\\$\\{[A-Z]+_BIND:-127\\.0\\.0\\.1}):[0-9]+:[0-9]+"));
  }

  @Test
  void upliftDoesNotRunAsRoot() throws IOException {
    assertThat(Files.readAllLines(PROJECT.resolve("Dockerfile"))).contains("USER uplift");
  }

  @Test
  void whoeverNeedsSecretsIsInTheGroupThatMayReadThem() throws IOException {
    String group = readers();

    services.forEach(
        (name, service) -> {
          if (service.containsKey("secrets")) {
            assertThat(service).as(name).containsEntry("group_add", List.of(group));
          }
        });
    // As root its entry point becomes this user, and loses the group.
    assertThat(services.get("postgresql")).containsEntry("user", "postgres");
    assertThat(Files.readString(PROJECT.resolve("Dockerfile"))).contains("--gid " + group + " ");
  }

  @Test
  void secretsAreForTheirReadersAloneAndStaySo() throws Exception {
    assumeTrue(isOnPath("openssl"), "needs openssl");
    Path secrets = directory.resolve("secrets");
    Result made = makeSecrets(secrets);
    assertThat(made.exitCode()).as(made.output()).isZero();
    assertThat(mode(secrets)).isEqualTo("rwx------");
    requireProtected(secrets);

    // As a version of this script did that is no more.
    Path key = secrets.resolve("uplift.key");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("r--r--r--"));
    String before = Files.readString(key);
    assertThat(makeSecrets(secrets).exitCode()).isZero();
    requireProtected(secrets);
    assertThat(key).hasContent(before);
  }

  @Test
  void secretsAreNotMadeWhereOthersMayLook() throws Exception {
    Path open = Files.createDirectory(directory.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));

    Result refused = makeSecrets(open);

    assertThat(refused.exitCode()).isNotZero();
    assertThat(refused.output()).contains(open + " is open to others: chmod 700 it");
    assertThat(open).isEmptyDirectory();
  }

  private static void requireProtected(Path secrets) throws IOException {
    boolean root = System.getProperty("user.name").equals("root");
    for (String name :
        List.of(
            "postgres",
            "temporal-database",
            "uplift-database",
            "temporal.key",
            "api.key",
            "uplift.key")) {
      Path file = secrets.resolve(name);
      assertThat(mode(file)).as(name).isEqualTo(root ? "r--r-----" : "r--------");
      if (root) {
        assertThat(Files.getAttribute(file, "unix:gid")).hasToString(readers());
      }
    }
    assertThat(mode(secrets.resolve("ca.key"))).isEqualTo("r--------");
    assertThat(mode(secrets.resolve("ca.pem"))).isEqualTo("r--r--r--");
  }

  /** The group that deploy/make-secrets gives them to. */
  private static String readers() throws IOException {
    return Files.readAllLines(PROJECT.resolve("deploy/make-secrets")).stream()
        .filter(line -> line.startsWith("readers="))
        .map(line -> line.substring("readers=".length()))
        .findFirst()
        .orElseThrow();
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  private static Result makeSecrets(Path into) throws Exception {
    return run(
        new ProcessBuilder(
            PROJECT.resolve("deploy/make-secrets").toString(), into.toString(), "localhost"));
  }

  @Test
  void theApiUnderstandsItsEnvironment() {
    Map<String, Object> environment = new HashMap<>(map(services.get("api").get("environment")));
    StandardEnvironment spring = new StandardEnvironment();
    spring
        .getPropertySources()
        .addFirst(new SystemEnvironmentPropertySource("api-systemEnvironment", environment));

    ApiSettings settings = Binder.get(spring).bind("uplift", ApiSettings.class).get();

    assertThat(settings.registry().isPostgresql()).isTrue();
    assertThat(settings.registry().user()).isEqualTo("uplift");
    assertThat(settings.registry().passwordFile()).hasFileName("uplift-database");
    assertThat(settings.engine().address().target()).isEqualTo("temporal:7233");
    assertThat(settings.engine().address().security().certFile()).hasFileName("uplift.pem");
    assertThat(settings.engine().address().security().keyFile()).hasFileName("uplift.key");
    assertThat(settings.engine().address().security().caFile()).hasFileName("ca.pem");
  }

  @Test
  void itIsWellFormedWithTheSecretsAndRefusedWithoutThem() throws Exception {
    assumeTrue(isOnPath(COMMAND), "needs docker-compose");

    Result without = config(Map.of());
    assertThat(without.exitCode()).isNotZero();
    assertThat(without.output()).contains("UPLIFT_SECRETS", "deploy/make-secrets");

    Result with = config(Map.of("UPLIFT_SECRETS", directory.toString()));
    assertThat(with.exitCode()).as(with.output()).isZero();
    assertThat(with.output()).contains(directory.resolve("ca.pem").toString());
  }

  private record Result(int exitCode, String output) {}

  private static Result config(Map<String, String> environment) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            COMMAND, "--file", PROJECT.resolve("docker-compose.yml").toString(), "config");
    builder.environment().remove("UPLIFT_SECRETS");
    builder.environment().putAll(environment);
    return run(builder);
  }

  private static Result run(ProcessBuilder builder) throws Exception {
    Process process =
        builder.redirectInput(new File("/dev/null")).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output);
  }

  private static boolean isOnPath(String program) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(entry -> Files.isExecutable(Path.of(entry, program)));
  }

  @SuppressWarnings("unchecked")
  private static <T> Map<String, T> map(Object node) {
    return node == null ? Map.of() : (Map<String, T>) node;
  }
}
