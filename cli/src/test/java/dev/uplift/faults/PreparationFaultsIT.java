package dev.uplift.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.uplift.faults.FaultCase.Body;
import dev.uplift.host.Cancellation;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.sandbox.Upstream;
import dev.uplift.sandbox.engine.TestAuthority;
import dev.uplift.scenario.Apps;
import dev.uplift.scenario.Calls;
import dev.uplift.scenario.Eventually;
import dev.uplift.scenario.LockedWebServer;
import dev.uplift.scenario.World;
import dev.uplift.scenario.World.EngineKind;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URLEncoder;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong before the first service is stopped: the tenant serves on, untouched. */
@Tag("faults")
class PreparationFaultsIT {
  /** Nothing here succeeds with it. */
  private static final String TENANT = "testsite";

  /** Goes from release to release. */
  private static final String GOES_ON = "acme";

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir static Path directory;
  private static World world;
  private static int releases;

  private static final List<Injected> ALL =
      List.of(
          failure(1, "a tag with ..", "rejected, 400", () -> malformedTag("v1..2")),
          failure(1, "a path as tag", "rejected, 400", () -> malformedTag("../../etc/passwd")),
          failure(
              1, "an option as tag", "rejected, 400", () -> malformedTag("--upload-pack=touch x")),
          failure(1, "a glob as tag", "rejected, 400", () -> malformedTag("v0.*")),
          failure(1, "a newline in a tag", "rejected, 400", () -> malformedTag("v0.3.0\nv0.2.0")),
          failure(1, "a NUL in a tag", "rejected, 400", () -> malformedTag("v0.3.0\0")),
          failure(1, ".. as tenant", "rejected, 400", () -> malformedTenant("..")),
          failure(1, "an option as tenant", "rejected, 400", () -> malformedTenant("-rf")),
          failure(1, "a glob as tenant", "rejected, 400", () -> malformedTenant("test*")),
          failure(1, "a newline in a tenant", "rejected, 400", () -> malformedTenant("testsite\n")),
          failure(
              2, "a second upgrade while one runs", "rejected, 409", PreparationFaultsIT::second),
          failure(
              3,
              "a tag that is missing",
              "rejected, tag_missing",
              () -> rejected("v9.9.9", "no tag v9.9.9")),
          failure(
              3,
              "a branch that is no tag",
              "rejected, tag_missing",
              PreparationFaultsIT::onlyBranch),
          failure(3, "a branch with the tag's name", "success", PreparationFaultsIT::branchAndTag),
          failure(4, "a tag that moved", "rejected, tag_moved", PreparationFaultsIT::movedTag),
          failure(
              5,
              "an upstream that is gone",
              "rejected, fetch_unreachable",
              () -> upstream("file:///nowhere.git")),
          failure(
              5,
              "an upstream that hangs",
              "rejected, fetch_unreachable",
              PreparationFaultsIT::hangingUpstream),
          failure(
              5,
              "an upstream that refuses the token",
              "rejected, fetch_unreachable",
              PreparationFaultsIT::lockedUpstream),
          failure(6, "locks that a killed fetch left", "success", PreparationFaultsIT::staleLocks),
          failure(
              6,
              "a refspec that fetches nothing new",
              "success",
              () ->
                  successAfter(
                      "config", "remote.origin.fetch", "+refs/tags/v0.2.0:refs/tags/v0.2.0")),
          failure(6, "no remote", "success", () -> successAfter("remote", "remove", "origin")),
          failure(
              7,
              "a tracked file that was changed",
              "rejected, dirty_checkout",
              () -> withFile("README.md", "mine\n")),
          failure(
              7,
              "an unknown file beside the migrations",
              "rejected, dirty_checkout",
              () -> withFile("scripts/mine.py", "raise SystemExit\n")),
          failure(
              8,
              "the release tracks the database",
              "rejected",
              () -> rejected("v0.4.0-tracks-database", "db/pocket.db")),
          failure(8, "the release tracks .env", "rejected", () -> brings(".env", "A=1\n")),
          failure(8, "the release tracks venv/", "rejected", () -> brings("venv/bin/python", "\n")),
          failure(
              8,
              "the release has a submodule",
              "rejected",
              () -> brings(".gitmodules", "[submodule \"a\"]\n")),
          failure(8, "the release keeps a file in LFS", "rejected", PreparationFaultsIT::largeFile),
          failure(
              9,
              "a file system without room",
              "rejected, disk_full",
              PreparationFaultsIT::smallDisk),
          failure(
              10,
              "a database that is missing",
              "rejected, database_corrupt",
              () -> damaged((database, original) -> {})),
          failure(
              10,
              "an empty database",
              "rejected, database_corrupt",
              () -> damaged((database, original) -> Files.createFile(database))),
          failure(
              10,
              "a text as database",
              "rejected, database_corrupt",
              () ->
                  damaged(
                      (database, original) -> Files.writeString(database, "hello\n".repeat(4000)))),
          failure(
              10,
              "a database with a page of garbage",
              "rejected, database_corrupt",
              () -> damaged(PreparationFaultsIT::spoilPage)),
          failure(
              10,
              "a link as database",
              "rejected, database_corrupt",
              () -> damaged(Files::createSymbolicLink)),
          failure(
              10,
              "a database of another owner",
              "rejected, wrong_owner",
              PreparationFaultsIT::anothersDatabase),
          failure(
              11, "a service that is dead", "rejected, unhealthy", PreparationFaultsIT::unhealthy),
          failure(11, "a service that is dead, forced", "success", PreparationFaultsIT::forced),
          failure(12, "no index of packages", "rejected", PreparationFaultsIT::noIndex),
          failure(12, "a package with another hash", "rejected", PreparationFaultsIT::wrongHash),
          failure(
              12, "an installer that is killed", "rejected", PreparationFaultsIT::killedInstaller),
          failure(12, "no room for packages", "rejected", PreparationFaultsIT::noRoomForPackages),
          new Injected(
              FaultMatrix.row(12).with(Injection.KILL, "the worker, while it installs", "success"),
              PreparationFaultsIT::killedWhileItInstalls),
          failure(
              13,
              "a migration that fails",
              "rejected, migration_failed",
              () -> rejected("v0.4.0-migration-raises", "no such column")),
          failure(
              13,
              "a migration that hangs",
              "rejected, migration_timeout",
              () -> rejected("v0.4.0-migration-hangs")),
          failure(
              13,
              "a migration that loses a column",
              "rejected, schema_wrong",
              () -> rejected("v0.4.0-schema-wrong")),
          failure(
              13,
              "a migration that breaks the database",
              "rejected",
              PreparationFaultsIT::breaksDatabase));

  static Stream<FaultCase> cases() {
    return Injected.cases(ALL);
  }

  private static Injected failure(int row, String fault, String expected, Body body) {
    return new Injected(FaultMatrix.row(row).with(Injection.FAILURE, fault, expected), body);
  }

  @BeforeAll
  static void startWorld() throws Exception {
    world =
        World.start(
            directory,
            EngineKind.EMBEDDED,
            sandbox ->
                sandbox
                    .tenants(2)
                    .rows(100)
                    .timeout("health_window", "1s")
                    .timeout("migrations", "4s"));
  }

  @AfterAll
  static void endWorld() {
    if (world != null) {
      world.close();
    }
  }

  @TestFactory
  Stream<DynamicTest> beforeTheStop() {
    return Injected.tests(ALL);
  }

  private static SandboxTenant tenant() {
    return world.sandbox().tenant(TENANT);
  }

  private static Upstream upstream() {
    return world.sandbox().upstream();
  }

  private static Aftermath before(SandboxTenant tenant) throws Exception {
    return Aftermath.before(Machine.of(world), tenant);
  }

  private static String request(String tag) {
    return "{\"target_version\":\"" + tag + "\"}";
  }

  private static String start(SandboxTenant tenant, String tag) throws Exception {
    return world.calls().startUpgrade(tenant.id().value(), request(tag));
  }

  /** A release that is above all others so far. */
  private static String next(Map<String, String> changes) {
    String tag = "v0.3." + ++releases;
    Map<String, String> files = new HashMap<>(Map.of("VERSION", tag + "\n"));
    files.putAll(changes);
    upstream().addRelease(tag, "v0.3.0", files);
    return tag;
  }

  /** The upgrade is rejected, with all these words in its failure. */
  private static String rejected(String tag, String... words) throws Exception {
    Aftermath aftermath = before(tenant());
    return require(aftermath, aftermath.awaitEnd(start(tenant(), tag)), words);
  }

  private static String require(Aftermath aftermath, JsonNode ledger, String... words)
      throws Exception {
    for (String word : words) {
      assertThat(ledger.at("/report/failure").toString()).contains(word);
    }
    return aftermath.require(ledger);
  }

  private static String success(Aftermath aftermath, String tag) throws Exception {
    return aftermath.require(start(world.sandbox().tenant(GOES_ON), tag));
  }

  private interface Undone {
    void undo() throws Exception;
  }

  /** Whatever was done to the tenant is undone before it is looked at. */
  private static String rejectedUntil(
      Undone undone, Aftermath aftermath, String tag, String... words) throws Exception {
    JsonNode ledger;
    try {
      ledger = aftermath.awaitEnd(start(tenant(), tag));
    } finally {
      undone.undo();
    }
    return require(aftermath, ledger, words);
  }

  // Requests

  private static String malformedTag(String tag) throws Exception {
    ObjectNode body = JsonNodeFactory.instance.objectNode().put("target_version", tag);
    return refused(TENANT, body.toString(), 400, "target_version");
  }

  private static String malformedTenant(String id) throws Exception {
    String encoded = URLEncoder.encode(id, UTF_8).replace(".", "%2E").replace("*", "%2A");
    return refused(encoded, request("v0.3.0"), 400, "");
  }

  /** Nobody but the API ever hears of it. */
  private static String refused(String tenant, String body, int status, String named)
      throws Exception {
    Aftermath aftermath = before(tenant());
    JsonNode upgrades = world.calls().get("/api/upgrades").body();
    Calls.Answer answer = world.calls().upgrade(tenant, body);
    assertThat(answer.status()).as("%s", answer).isEqualTo(status);
    assertThat(answer.body().path("detail").asText()).contains(named);
    assertThat(world.calls().get("/api/upgrades").body()).isEqualTo(upgrades);
    aftermath.requireUntouched();
    return "rejected, " + status;
  }

  private static String second() throws Exception {
    Aftermath aftermath = before(tenant());
    String first = start(tenant(), "v0.4.0-migration-hangs");
    Calls.Answer second = world.calls().upgrade(TENANT, request("v0.3.0"));
    assertThat(second.status()).as("%s", second).isEqualTo(409);
    assertThat(first).endsWith(second.body().path("upgrade_id").asText("none"));
    assertThat(aftermath.require(first)).startsWith("rejected, migration_timeout");
    return "rejected, 409, and told of the first";
  }

  // Releases

  private static String onlyBranch() throws Exception {
    upstream().addBranch("v7.0.0", "v0.3.0");
    return rejected("v7.0.0", "a branch, but no tag");
  }

  private static String branchAndTag() throws Exception {
    String tag = next(Map.of());
    upstream().addBranch(tag, "v0.2.0");
    return success(before(world.sandbox().tenant(GOES_ON)), tag);
  }

  private static String movedTag() throws Exception {
    String tag = "v0.4.0-moves";
    String first = upstream().addRelease(tag, "v0.3.0", Map.of("NOTES.md", "first\n"));
    rejected("v9.9.9");
    String second = upstream().moveTag(tag, Map.of("NOTES.md", "second\n"));
    return rejected(tag, first, second);
  }

  private static String brings(String file, String content) throws Exception {
    String tag = "v0.4.0-brings-" + ++releases;
    upstream().addRelease(tag, "v0.3.0", Map.of(file, content));
    return rejected(tag, file);
  }

  private static String largeFile() throws Exception {
    String tag = "v0.4.0-large-" + ++releases;
    String pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 9\n";
    upstream()
        .addRelease(
            tag,
            "v0.3.0",
            Map.of(
                ".gitattributes",
                "*.bin filter=lfs diff=lfs merge=lfs -text\n",
                "map.bin",
                pointer.formatted("0".repeat(64))));
    return rejected(tag, "Git LFS");
  }

  // Upstreams

  private static String upstream(String url) throws Exception {
    return upstream(url, Map.of(), url);
  }

  private static String upstream(String url, Map<String, Path> credentials, String... words)
      throws Exception {
    Apps apps = new Apps(world.calls());
    apps.addVariant(
        "elsewhere",
        app -> {
          ObjectNode upstream = ((ObjectNode) app).putObject("upstream").put("url", url);
          ObjectNode files = upstream.putObject("credentials");
          credentials.forEach((key, file) -> files.put(key, file.toString()));
          if (credentials.isEmpty()) {
            upstream.remove("credentials");
          }
        });
    Aftermath aftermath = before(tenant());
    apps.use(tenant(), "elsewhere");
    return rejectedUntil(() -> apps.use(tenant(), "cbapp"), aftermath, "v0.3.0", words);
  }

  private static String hangingUpstream() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      return upstream("https://127.0.0.1:" + silent.getLocalPort() + "/cbapp.git");
    }
  }

  private static String lockedUpstream() throws Exception {
    TestAuthority authority = new TestAuthority(directory.resolve("authority"));
    Path token = Files.writeString(directory.resolve("git.token"), "wr0ng-t0ken");
    Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
    try (LockedWebServer server = LockedWebServer.start(authority.issue("git"))) {
      String seen =
          upstream(
              server.url(), Map.of("token_file", token, "ca_file", authority.caFile()), "refuses");
      assertThat(String.join("\n", world.calls().heard())).doesNotContain("wr0ng-t0ken");
      assertThat(world.log("worker")).doesNotContain("wr0ng-t0ken");
      return seen;
    }
  }

  private static String staleLocks() throws Exception {
    String tag = next(Map.of());
    Path mirror = world.sandbox().state().resolve("mirrors");
    try (Stream<Path> mirrors = Files.list(mirror)) {
      for (Path one : mirrors.filter(path -> path.toString().endsWith(".git")).toList()) {
        for (String lock :
            List.of(
                "refs/upstream/tags/" + tag + ".lock",
                "refs/tags/" + tag + ".lock",
                "packed-refs.lock")) {
          Files.createDirectories(one.resolve(lock).getParent());
          Files.createFile(one.resolve(lock));
        }
      }
    }
    return success(before(world.sandbox().tenant(GOES_ON)), tag);
  }

  private static String successAfter(String... git) throws Exception {
    SandboxTenant tenant = world.sandbox().tenant(GOES_ON);
    List<String> words = new ArrayList<>(List.of("git", "-C", tenant.path().toString()));
    words.addAll(List.of(git));
    assertThat(new ProcessBuilder(words).inheritIO().start().waitFor()).isZero();
    return success(before(tenant), next(Map.of()));
  }

  // The tenant

  private static String withFile(String name, String content) throws Exception {
    Aftermath aftermath = before(tenant());
    Path file = tenant().path().resolve(name);
    byte[] original = Files.exists(file) ? Files.readAllBytes(file) : null;
    Files.writeString(file, content);
    return rejectedUntil(
        () -> {
          assertThat(file).hasContent(content);
          if (original == null) {
            Files.delete(file);
          } else {
            Files.write(file, original);
          }
        },
        aftermath,
        "v0.3.0",
        name);
  }

  private static String smallDisk() throws Exception {
    Aftermath aftermath = before(tenant());
    SmallDisk disk = DiskInPlace.of(tenant().database().getParent(), directory, "64M");
    return rejectedUntil(disk::close, aftermath, "v0.3.0", "needed: ", "usable: ");
  }

  private interface Damage {
    void to(Path database, Path original) throws Exception;
  }

  private static String damaged(Damage damage) throws Exception {
    Aftermath aftermath = before(tenant());
    Path database = tenant().database();
    Path original = directory.resolve("original.db");
    // The application opens its database for each request: between two there is no WAL.
    Path wal = database.resolveSibling(database.getFileName() + "-wal");
    Eventually.within(PATIENCE, "the WAL is gone", () -> !Files.exists(wal));
    Files.move(database, original);
    damage.to(database, original);
    return rejectedUntil(
        () -> Files.move(original, database, StandardCopyOption.REPLACE_EXISTING),
        aftermath,
        "v0.3.0");
  }

  private static void spoilPage(Path database, Path original) throws Exception {
    Files.copy(original, database, StandardCopyOption.COPY_ATTRIBUTES);
    try (RandomAccessFile file = new RandomAccessFile(database.toFile(), "rw")) {
      file.seek(4096);
      file.write("x".repeat(4096).getBytes(UTF_8));
    }
  }

  private static String anothersDatabase() throws Exception {
    Aftermath aftermath = before(tenant());
    Path database = tenant().database();
    Object owner = Files.getAttribute(database, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    try {
      Files.setAttribute(database, "unix:uid", 65534);
    } catch (FileSystemException notRoot) {
      abort("a file can be given away, as root can");
    }
    return rejectedUntil(
        () -> Files.setAttribute(database, "unix:uid", owner), aftermath, "v0.3.0");
  }

  private static void killFrontend(SandboxTenant tenant) throws Exception {
    var services = world.sandbox().services();
    long frontend = services.state(tenant.frontendUnit()).mainPid().orElseThrow();
    ProcessHandle.of(frontend).orElseThrow().destroyForcibly();
    Eventually.within(
        PATIENCE, "the frontend is dead", () -> !services.state(tenant.frontendUnit()).running());
  }

  private static String unhealthy() throws Exception {
    SandboxTenant tenant = tenant();
    killFrontend(tenant);
    try {
      return rejected("v0.3.0", Integer.toString(tenant.frontendPort()));
    } finally {
      world.sandbox().services().start(tenant.frontendUnit(), PATIENCE, Cancellation.NEVER);
    }
  }

  private static String forced() throws Exception {
    SandboxTenant tenant = world.sandbox().tenant(GOES_ON);
    Aftermath aftermath = before(tenant);
    killFrontend(tenant);
    String request =
        "{\"target_version\":\"%s\",\"force\":true,\"reason\":\"known bug 17\"}"
            .formatted(next(Map.of()));
    JsonNode ledger = aftermath.awaitEnd(world.calls().startUpgrade(GOES_ON, request));
    assertThat(ledger.at("/report/reason").asText()).isEqualTo("known bug 17");
    assertThat(ledger.at("/report/warnings").toString()).contains("unhealthy before the upgrade");
    return aftermath.require(ledger);
  }

  // Dependencies

  /** A release whose set of dependencies nobody has yet. */
  private static String needsNewSet(String requirements) throws Exception {
    return next(Map.of("requirements.txt", requirements + "# set " + releases + "\n"));
  }

  private static String requirements() throws Exception {
    Process show =
        new ProcessBuilder(
                "git",
                "-c",
                "safe.directory=*",
                "-C",
                upstream().directory().toString(),
                "show",
                "v0.3.0:requirements.txt")
            .start();
    return new String(show.getInputStream().readAllBytes(), UTF_8);
  }

  private static String noIndex() throws Exception {
    Map<String, String> nowhere =
        Map.of(
            "PIP_NO_INDEX", "0",
            "PIP_FIND_LINKS", "",
            "PIP_INDEX_URL", "http://127.0.0.1:9/simple/",
            "PIP_RETRIES", "0");
    String tag = needsNewSet(requirements());
    restartWorker(nowhere);
    try {
      return rejected(tag);
    } finally {
      restartWorker(Map.of());
    }
  }

  private static void restartWorker(Map<String, String> environment) throws Exception {
    world.restartWorker(Map.of(), environment);
    Eventually.within(
        PATIENCE,
        "the worker answers",
        () -> world.calls().get("/api/tenants/" + TENANT + "/version").status() == 200);
  }

  private static String wrongHash() throws Exception {
    String hash = " --hash=sha256:" + "0".repeat(64) + "\n";
    return rejected(needsNewSet(requirements().replace("\n", hash)));
  }

  private static String killedInstaller() throws Exception {
    Aftermath aftermath = before(tenant());
    String tag = needsNewSet(requirements());
    String location = start(tenant(), tag);
    awaitInstaller().destroyForcibly();
    return requireMadeAnew(aftermath.require(location), tag);
  }

  private static ProcessHandle awaitInstaller() throws Exception {
    ProcessHandle worker = ProcessHandle.of(world.workerPid()).orElseThrow();
    List<ProcessHandle> found = new ArrayList<>();
    Eventually.within(
        PATIENCE,
        "packages are being installed",
        () ->
            worker
                .descendants()
                .filter(child -> child.info().commandLine().orElse("").contains(" install "))
                .findFirst()
                .map(found::add)
                .orElse(false));
    return found.get(0);
  }

  private static String noRoomForPackages() throws Exception {
    Aftermath aftermath = before(tenant());
    String tag = needsNewSet(requirements());
    Path sets = Machine.of(world).paths().sets();
    try (SmallDisk disk = DiskInPlace.of(sets, directory, "256M")) {
      disk.fillUpTo(64 << 10);
      return aftermath.require(start(tenant(), tag));
    }
  }

  private static String killedWhileItInstalls() throws Exception {
    SandboxTenant tenant = world.sandbox().tenant(GOES_ON);
    Aftermath aftermath = before(tenant);
    String location = start(tenant, needsNewSet(requirements()));
    awaitInstaller();
    world.killWorker();
    world.startWorker();
    return aftermath.require(location);
  }

  /** What an installer left half done is never taken for a set: the next upgrade makes it anew. */
  private static String requireMadeAnew(String seen, String tag) throws Exception {
    assertThat(success(before(world.sandbox().tenant(GOES_ON)), tag)).startsWith("success");
    return seen;
  }

  // Rehearsal

  private static String breaksDatabase() throws Exception {
    String tag = "v0.4.0-breaks";
    Told.addRelease(
        upstream(),
        tag,
        """
        with open(f"{CHECKOUT}/db/pocket.db", "r+b") as database:
            database.seek(8192)
            database.write(b"x" * 4096)
        """,
        Map.of());
    return rejected(tag);
  }
}
