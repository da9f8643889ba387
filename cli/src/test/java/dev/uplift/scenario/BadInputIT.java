package dev.uplift.scenario;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Collections.nCopies;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.uplift.api.token.Scope;
import dev.uplift.api.token.Tokens;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.sandbox.engine.TestAuthority;
import dev.uplift.scenario.World.CommandOutput;
import dev.uplift.scenario.World.EngineKind;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever is wrong with a request, a release or a tenant is named in the answer, and the tenant
 * serves on, untouched.
 */
@Tag("full")
@Timeout(240)
class BadInputIT {
  private static final String TENANT = "testsite";
  private static final String UPGRADE = "/api/tenants/" + TENANT + "/upgrade";
  private static final String TO_LATEST = "{\"target_version\":\"v0.3.0\"}";
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @TempDir static Path directory;
  private static World world;
  private static SandboxTenant tenant;

  private TenantFacts factsBefore;
  private List<Long> processesBefore;

  @BeforeAll
  static void startWorld() throws Exception {
    world =
        World.start(
            directory,
            EngineKind.EMBEDDED,
            sandbox -> sandbox.tenants(2).rows(50).timeout("health_window", "1s"));
    tenant = world.sandbox().tenant(TENANT);
  }

  @AfterAll
  static void endWorld() {
    if (world != null) {
      world.close();
    }
  }

  @BeforeEach
  void look() throws Exception {
    factsBefore = TenantFacts.of(tenant);
    processesBefore = TenantFacts.processIds(tenant, world.sandbox().services());
  }

  @AfterEach
  void theTenantServesOnUntouched() throws Exception {
    assertThat(TenantFacts.of(tenant)).isEqualTo(factsBefore);
    assertThat(TenantFacts.processIds(tenant, world.sandbox().services()))
        .isEqualTo(processesBefore)
        .doesNotContain(-1L);
    assertThat(TenantFacts.isHealthy(tenant)).isTrue();
  }

  // Requests

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"target_version\": \"v0.3.0\"   | 1:28: Unexpected end-of-input",
        "{\"backup_bd\": false}            | backup_bd",
        "{\"backup_db\": \"no\"}           | backup_db",
        "{\"run_migrations\": 0}           | run_migrations",
        "{\"target_version\": 3}           | target_version",
        "{\"force\": true}                 | reason",
        "[]                                | object",
      })
  void aBodyThatIsNotAnUpgradeRequestIsRefusedByName(String body, String named) throws Exception {
    requireMalformed(world.calls().post(UPGRADE, body), named);
  }

  static Stream<String> tags() {
    return Stream.of(
        "../../etc/passwd",
        "v1..2",
        "-v1.0.0",
        "--upload-pack=touch /tmp/x",
        "v0.*",
        "v0.3.0\nv0.2.0",
        "v0.3.0\u0000",
        "v" + "1".repeat(300),
        "main",
        "");
  }

  @ParameterizedTest
  @MethodSource("tags")
  void aTagThatIsNoVersionIsRefused(String tag) throws Exception {
    ObjectNode body = JsonNodeFactory.instance.objectNode().put("target_version", tag);
    requireMalformed(world.calls().post(UPGRADE, body.toString()), "target_version");
  }

  static Stream<String> slugs() {
    return Stream.of(
        "..", "-rf", "test*", "test?", "testsite\n", "testsite\u0000", "a".repeat(300), "Testsite");
  }

  @ParameterizedTest
  @MethodSource("slugs")
  void aTenantIdThatIsNoSlugIsRefused(String slug) throws Exception {
    String encoded = URLEncoder.encode(slug, UTF_8).replace(".", "%2E").replace("*", "%2A");

    Calls.Answer answer = world.calls().upgrade(encoded, TO_LATEST);

    assertThat(answer.status()).as("%s", answer).isEqualTo(400);
    assertThat(answer.body().get("detail").asText())
        .matches("id: a tenant id is .*|The path has characters or steps .*|.* not valid HTTP .*");
  }

  @Test
  void anUnknownTenantIsNotFound() throws Exception {
    Calls.Answer answer = world.calls().upgrade("nobody", TO_LATEST);

    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.body().get("detail").asText()).contains("tenants/nobody");
  }

  static Stream<String> paths() {
    Path place = tenant.path().getParent();
    return Stream.of(
        place + "/../testsite",
        place + "/..",
        "-rf",
        "tenants/testsite",
        place + "/test*",
        place + "/testsite\n",
        place + "/testsite\u0000",
        "/" + "a".repeat(300));
  }

  @ParameterizedTest
  @MethodSource("paths")
  void aPathThatCouldMeanAnotherPlaceIsRefused(String path) throws Exception {
    String object = "/api/tenants/" + TENANT;
    ObjectNode registered = world.calls().get(object).body().deepCopy();
    ObjectNode changed = registered.deepCopy();
    changed.remove("id");
    changed.put("path", path);

    requireMalformed(world.calls().put(object, changed), "path");
    assertThat(world.calls().get(object).body()).isEqualTo(registered);
  }

  @Test
  void twoTenantsWithOnePathOrOnePortAreRefused() throws Exception {
    String object = "/api/tenants/acme";
    JsonNode registered = world.calls().get(object).body();
    ObjectNode samePath = registered.deepCopy();
    samePath.remove("id");
    ObjectNode samePort = samePath.deepCopy();
    samePath.put("path", tenant.path().toString());
    int port = tenant.frontendPort();
    ((ObjectNode) samePort.get("ports")).put("frontend", port);

    requireInconsistent(
        object, samePath, "has " + tenant.path() + " on that host, too: each tenant needs");
    requireInconsistent(object, samePort, "has " + port + " on that host, too: each needs a port");
    assertThat(world.calls().get(object).body()).isEqualTo(registered);
  }

  private static void requireInconsistent(String object, JsonNode changed, String named)
      throws Exception {
    Calls.Answer answer = world.calls().put(object, changed);
    requireMalformed(answer, named);
    assertThat(answer.body().get("type").asText()).endsWith(":inconsistent-registry");
  }

  // Tokens

  @Test
  void onlyATokenThatMayUpgradeDoes() throws Exception {
    String reader = token("reader", Scope.READ, Duration.ofHours(1));
    String expired = token("expired", Scope.ADMIN, Duration.ofMillis(1));

    assertThat(with(null).post(UPGRADE, TO_LATEST).status()).isEqualTo(401);
    assertThat(with("uplift_wrong").post(UPGRADE, TO_LATEST).status()).isEqualTo(401);
    Eventually.within(
        PATIENCE, "the token has expired", () -> with(expired).get("/api/tenants").status() == 401);
    Calls.Answer late = with(expired).post(UPGRADE, TO_LATEST);
    assertThat(late.status()).isEqualTo(401);
    assertThat(late.body().get("detail").asText()).contains("expired");
    assertThat(with(reader).get("/api/tenants").status()).isEqualTo(200);
    Calls.Answer readOnly = with(reader).post(UPGRADE, TO_LATEST);
    assertThat(readOnly.status()).isEqualTo(403);
    assertThat(readOnly.body().get("detail").asText()).contains("scopes");
  }

  private static String token(String name, Scope scope, Duration validFor) {
    return Tokens.create(world.registry(), name, Set.of(scope), validFor);
  }

  private static Calls with(String token) {
    return new Calls(world.calls().api(), token);
  }

  // Releases

  @Test
  void aTagThatDoesNotExistIsRejected() throws Exception {
    requireRejected(upgrade(tenant, "v9.9.9"), "tag_missing", "no tag v9.9.9");
  }

  @Test
  void aBranchIsNoRelease() throws Exception {
    world.sandbox().upstream().addBranch("v7.0.0", "v0.3.0");

    requireRejected(
        upgrade(tenant, "v7.0.0"), "tag_missing", "has a branch, but no tag, named v7.0.0");
  }

  @Test
  void aTagThatMovedIsRejectedWithBothCommits() throws Exception {
    String tag = "v0.3.1-moves";
    var upstream = world.sandbox().upstream();
    String first = upstream.addRelease(tag, "v0.3.0", Map.of("NOTES.md", "first\n"));
    // The host sees it when it fetches for another release.
    requireRejected(upgrade(tenant, "v9.9.9"), "tag_missing", "v9.9.9");
    String second = upstream.moveTag(tag, Map.of("NOTES.md", "second\n"));

    requireRejected(upgrade(tenant, tag), "tag_moved", first, second);
  }

  @Test
  void aTargetBelowTheDeployedReleaseIsRejected() throws Exception {
    requireRejected(
        upgrade(tenant, "v0.1.0"), "downgrade", "v0.1.0", "v0.2.0", "tag the older code");
  }

  // Private upstreams

  @Test
  void aGitServerWithAnotherHostKeyThanBefore() throws Exception {
    Path keys = Files.createDirectory(directory.resolve("ssh"));
    try (SshServer server = SshServer.start(keys)) {
      Path before = SshServer.makeKey(keys, "before");
      Path knownHosts = Files.writeString(keys.resolve("known_hosts"), server.knownAs(before));

      requireUpstreamRefused(
          server.url(),
          Map.of("ssh_key", SshServer.makeKey(keys, "deploy"), "known_hosts", knownHosts),
          "the key of 127.0.0.1 is another one than before",
          "Somebody else may be answering",
          knownHosts.toString(),
          "ssh-keyscan -p");
      assertThat(knownHosts).hasContent(server.knownAs(before));
    }
  }

  @Test
  void aGitServerWithACertificateThatHasExpired() throws Exception {
    TestAuthority authority = new TestAuthority(directory.resolve("expired"));
    try (LockedWebServer server = LockedWebServer.start(authority.issueExpired("git"))) {
      requireUpstreamRefused(
          server.url(),
          Map.of("token_file", token("t0ken-1"), "ca_file", authority.caFile()),
          "its certificate has expired",
          "Have the certificate of 127.0.0.1 renewed");
    }
  }

  @Test
  void aGitServerThatRefusesTheToken() throws Exception {
    TestAuthority authority = new TestAuthority(directory.resolve("wrong-token"));
    Path token = token("wr0ng-t0ken");
    try (LockedWebServer server = LockedWebServer.start(authority.issue("git"))) {
      requireUpstreamRefused(
          server.url(),
          Map.of("token_file", token, "ca_file", authority.caFile()),
          "it refuses the token in " + token,
          "Put a valid token into " + token);
    }
  }

  private static Path token(String content) throws Exception {
    Path file = Files.writeString(Files.createTempFile(directory, "git", ".token"), content);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private static void requireUpstreamRefused(
      String url, Map<String, Path> credentials, String message, String... words) throws Exception {
    Apps apps = new Apps(world.calls());
    apps.addVariant(
        "private",
        app -> {
          ObjectNode upstream = ((ObjectNode) app).putObject("upstream").put("url", url);
          ObjectNode files = upstream.putObject("credentials");
          credentials.forEach((key, file) -> files.put(key, file.toString()));
        });
    apps.use(tenant, "private");
    try {
      Calls.Answer answer = upgrade(tenant, "v0.3.0");

      requireRejected(answer, "fetch_unreachable", words);
      assertThat(answer.report().at("/failure/step").asText()).isEqualTo("FetchRelease");
      // Without the user: what stands there may be a secret.
      assertThat(answer.body().get("detail").asText()).contains(url.replace("git@", ""), message);
      assertThat(answer.body().toString()).doesNotContain("wr0ng-t0ken", "PRIVATE KEY");
    } finally {
      apps.use(tenant, "cbapp");
    }
  }

  // The checkout

  @Test
  void aTrackedFileThatWasChangedIsNamed() throws Exception {
    Path file = tenant.path().resolve("README.md");
    byte[] original = Files.readAllBytes(file);
    Files.writeString(file, "mine\n");
    try {
      requireRejected(upgrade(tenant, "v0.3.0"), "dirty_checkout", "README.md");
      assertThat(file).hasContent("mine\n");
    } finally {
      Files.write(file, original);
    }
  }

  @Test
  void anUntrackedFileWhereTheReleaseHasOneIsNamed() throws Exception {
    String name = "services/pocket/segments.py";
    Path file = tenant.path().resolve(name);
    Files.writeString(file, "mine\n");
    try {
      requireRejected(upgrade(tenant, "v0.3.0"), "dirty_checkout", name);
      assertThat(file).hasContent("mine\n");
    } finally {
      Files.delete(file);
    }
  }

  // The database

  private interface Damage {
    void to(Path database, Path original) throws Exception;
  }

  static Stream<Arguments> damages() {
    return Stream.of(
        arguments("missing", "is missing", (Damage) (database, original) -> {}),
        arguments("empty", "is empty", (Damage) (database, original) -> Files.createFile(database)),
        arguments(
            "text",
            "is not a SQLite file",
            (Damage) (database, original) -> Files.writeString(database, "hello\n".repeat(4000))),
        arguments("damaged inside", "malformed", (Damage) BadInputIT::damageInside),
        arguments("cut off", "malformed", (Damage) BadInputIT::cutOff),
        arguments(
            "a symlink",
            "is a symbolic link",
            (Damage) (database, original) -> Files.createSymbolicLink(database, original)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("damages")
  void aDatabaseThatIsNoneIsRejected(String what, String named, Damage damage) throws Exception {
    Path database = tenant.database();
    Path original = directory.resolve("original.db");
    awaitQuiet(database);
    Files.move(database, original);
    try {
      damage.to(database, original);
      requireRejected(upgrade(tenant, "v0.3.0"), "database_corrupt", named);
    } finally {
      Files.move(original, database, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** The sample application opens its database for each request: between two there is no WAL. */
  private static void awaitQuiet(Path database) throws Exception {
    Path wal = database.resolveSibling(database.getFileName() + "-wal");
    Eventually.within(PATIENCE, "nobody has the database open", () -> Files.notExists(wal));
  }

  private static void damageInside(Path database, Path original) throws Exception {
    byte[] bytes = Files.readAllBytes(original);
    Arrays.fill(bytes, 4096, bytes.length, (byte) 0x5a);
    Files.write(database, bytes);
  }

  private static void cutOff(Path database, Path original) throws Exception {
    byte[] bytes = Files.readAllBytes(original);
    Files.write(database, Arrays.copyOf(bytes, bytes.length / 2));
  }

  // The tenant's state

  @Test
  void aTenantThatIsUnhealthyIsUpgradedOnlyByForceAndWithAReason() throws Exception {
    SandboxTenant sick = world.sandbox().tenant("acme");
    TenantFacts facts = TenantFacts.of(sick);
    kill(sick);

    requireRejected(
        upgrade(sick, "v0.3.0"), "unhealthy", "acme", Integer.toString(sick.frontendPort()));
    assertThat(TenantFacts.of(sick)).isEqualTo(facts);

    String forced = "{\"target_version\":\"v0.3.0\",\"force\":true,\"reason\":\"known bug 17\"}";
    Calls.Answer answer = world.calls().upgrade("acme", forced);
    assertThat(answer.status()).as("%s", answer).isEqualTo(200);
    assertThat(answer.body().get("new_version").asText()).isEqualTo("v0.3.0");
    assertThat(answer.body().get("reason").asText()).isEqualTo("known bug 17");
    assertThat(answer.body().get("warnings").toString()).contains("unhealthy before the upgrade");
    assertThat(TenantFacts.isHealthy(sick)).isTrue();
    assertThat(TenantFacts.processIds(sick, world.sandbox().services())).doesNotContain(-1L);
  }

  private static void kill(SandboxTenant sick) throws Exception {
    var services = world.sandbox().services();
    long frontend = services.state(sick.frontendUnit()).mainPid().orElseThrow();
    ProcessHandle.of(frontend).orElseThrow().destroyForcibly();
    Eventually.within(
        PATIENCE, "the frontend is dead", () -> !services.state(sick.frontendUnit()).running());
  }

  @Test
  void aSecondUpgradeOfTheTenantIsRefusedWithTheFirst() throws Exception {
    CompletableFuture<Calls.Answer> first =
        world
            .calls()
            .upgradeInBackground(TENANT, "{\"target_version\":\"v0.4.0-migration-hangs\"}");
    String[] running = new String[1];
    Eventually.within(
        PATIENCE,
        "the first upgrade runs",
        () -> {
          running[0] = runningUpgrade();
          return running[0] != null;
        });

    Calls.Answer second = world.calls().post(UPGRADE, TO_LATEST);
    String cancel = "/api/upgrades/" + running[0] + "/cancel";
    // It is in the ledger before its run has begun.
    Eventually.within(
        PATIENCE,
        "it is cancelled",
        () -> world.calls().post(cancel, "{\"reason\":\"enough\"}").status() == 202);

    assertThat(second.status()).as("%s", second).isEqualTo(409);
    assertThat(second.body().get("upgrade_id").asText()).isEqualTo(running[0]);
    requireRejected(first.get(), "cancelled", "enough");
  }

  private static String runningUpgrade() throws Exception {
    JsonNode page = world.calls().get("/api/upgrades?tenant=" + TENANT + "&status=running").body();
    return page.at("/upgrades/0/upgrade_id").isMissingNode()
        ? null
        : page.at("/upgrades/0/upgrade_id").asText();
  }

  // The fleet file

  static Stream<Arguments> fleets() {
    String hosts = "hosts:\n  local: {}\n";
    return Stream.of(
        arguments("an unknown key", hosts + "tenents: {}\n", 3, "tenents"),
        arguments("a key twice", hosts + "  local: {}\n", 3, "local"),
        arguments("an unquoted 1.10", "hosts:\n  local:\n    labels: {release: 1.10}\n", 3, "1.10"),
        arguments("an alias bomb", aliasBomb(), 1, "anchor"));
  }

  /** Nine lists of nine of the one before: 387 million entries, written in nine lines. */
  private static String aliasBomb() {
    StringBuilder bomb = new StringBuilder("a: &a [x, x, x, x, x, x, x, x, x]\n");
    for (char name = 'b'; name <= 'i'; name++) {
      String before = "*" + (char) (name - 1);
      bomb.append("%s: &%s [%s]\n".formatted(name, name, String.join(", ", nCopies(9, before))));
    }
    return bomb.toString();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("fleets")
  void aFleetFileWithAMistakeChangesNothingAndIsToldWithItsLine(
      String what, String yaml, int line, String named) throws Exception {
    JsonNode before = world.calls().get("/api/hosts").body();

    Calls.Answer answer = world.calls().postYaml("/api/fleet", yaml);
    requireMalformed(answer, named);
    assertThat(answer.body().get("line").asInt()).as("%s", answer).isEqualTo(line);

    Path file = Files.writeString(directory.resolve("bad-fleet.yml"), yaml);
    CommandOutput apply = world.uplift("apply", file.toString());
    assertThat(apply.exitCode()).isNotZero();
    assertThat(apply.text()).contains(file.toString(), named).doesNotContain("\tat ");
    assertThat(world.calls().get("/api/hosts").body()).isEqualTo(before);
  }

  // What all of them have in common

  private static Calls.Answer upgrade(SandboxTenant tenant, String tag) throws Exception {
    return world.calls().upgrade(tenant.id().value(), "{\"target_version\":\"" + tag + "\"}");
  }

  private static void requireMalformed(Calls.Answer answer, String named) {
    assertThat(answer.status()).as("%s", answer).isEqualTo(400);
    assertThat(answer.body().get("detail").asText()).contains(named);
  }

  /** Rejected before anything was touched, with all these words in the explanation. */
  private static void requireRejected(Calls.Answer answer, String kind, String... words) {
    assertThat(answer.status()).as("%s", answer).isEqualTo(422);
    assertThat(answer.body().get("outcome").asText()).as("%s", answer).isEqualTo("rejected");
    JsonNode report = answer.report();
    assertThat(report.at("/failure/kind").asText()).as("%s", answer).isEqualTo(kind);
    assertThat(report.get("failure").toString()).contains(words);
    assertThat(report.hasNonNull("downtime_ms")).as("downtime_ms").isFalse();
    assertThat(report.hasNonNull("backup_path")).as("backup_path").isFalse();
  }
}
