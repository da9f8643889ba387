package dev.uplift.discover;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.discover.Found.LeftOut;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real checkouts and databases; the units are those that a service manager would tell. */
class DiscoveryTest {
  @TempDir private Path directory;
  private Path root;
  private final List<FoundUnit> units = new ArrayList<>();

  @BeforeEach
  void makeRoot() throws Exception {
    root = Files.createDirectories(directory.toRealPath().resolve("srv"));
  }

  @Test
  void aTenantIsFoundWithAllThatTheFleetFileNeeds() throws Exception {
    Path acme = tenant("acme");
    Files.writeString(acme.resolve(".env"), "API_PORT=8001\nFRONTEND_PORT=8002\nSMTP_PORT=25\n");
    unit("acme-frontend", acme);
    unit("acme-api", acme);
    unit("nginx", Path.of("/etc/nginx"));

    Found found = discover();

    assertThat(found.leftOut()).isEmpty();
    FoundTenant tenant = found.tenants().get(0);
    assertThat(found.tenants()).hasSize(1);
    assertThat(tenant.slug()).hasToString("acme");
    assertThat(tenant.path()).isEqualTo(acme);
    assertThat(tenant.owner()).isEqualTo(Files.getOwner(acme).getName());
    assertThat(tenant.version()).isEqualTo("v1.0.0");
    assertThat(tenant.origin()).isEqualTo("https://git.example/shop.git");
    assertThat(tenant.units())
        .extracting(FoundUnit::name)
        .containsExactly("acme-api", "acme-frontend");
    assertThat(tenant.suffixes()).containsExactly("api", "frontend");
    assertThat(tenant.database()).isEqualTo("data/shop.db");
    assertThat(tenant.ports()).containsExactly(Map.entry("api", 8001), Map.entry("frontend", 8002));
    assertThat(tenant.layout().requirements()).containsExactly("requirements.txt");
    assertThat(tenant.layout().environmentFile()).isTrue();
    assertThat(tenant.notes()).isEmpty();
  }

  @Test
  void nothingIsWrittenAnywhere() throws Exception {
    Path acme = tenant("acme");
    Files.writeString(acme.resolve("app.py"), "changed\n");
    unit("acme-api", acme);
    Map<String, String> before = everything();

    discover();

    assertThat(everything()).isEqualTo(before);
  }

  @Test
  void theKnownPlaceOfADatabaseGoesBeforeAnother() throws Exception {
    Path acme = tenant("acme");
    database(acme.resolve("db/pocket.db"));
    database(acme.resolve("db/zz.db"));
    unit("acme-api", acme);

    assertThat(discover().tenants().get(0).database()).isEqualTo("db/pocket.db");
  }

  @Test
  void ofSeveralDatabasesAPersonMustChoose() throws Exception {
    Path acme = tenant("acme");
    database(acme.resolve("cache.sqlite"));
    unit("acme-api", acme);

    assertThat(discover().tenants().get(0).notes())
        .singleElement()
        .asString()
        .contains("which of its databases", "data/shop.db", "cache.sqlite");
  }

  @Test
  void backupsAndDatabasesOfPackagesAreNone() throws Exception {
    Path acme = tenant("acme");
    database(acme.resolve("data/shop.db.backup_20260101_000000"));
    database(acme.resolve("data/shop.db.failed_20260101_000000"));
    database(acme.resolve("venv/lib/cache.db"));
    Files.writeString(acme.resolve("venv/pyvenv.cfg"), "home = /usr/bin\n");
    unit("acme-api", acme);

    FoundTenant tenant = discover().tenants().get(0);

    assertThat(tenant.database()).isEqualTo("data/shop.db");
    assertThat(tenant.notes()).isEmpty();
    assertThat(tenant.layout().venvs()).containsExactly("venv");
  }

  @Test
  void whatCannotBeTakenOverIsLeftOutWithItsReason() throws Exception {
    tenant("no-unit");
    Path noDatabase = tenant("no-database");
    Files.delete(noDatabase.resolve("data/shop.db"));
    unit("no-database-api", noDatabase);
    Path tracked = tenant("tracked");
    git(tracked, "add", "--force", "data/shop.db");
    unit("tracked-api", tracked);
    Path template = tenant("template");
    unit("shop@template", template);
    Path one = tenant("one");
    Path two = tenant("two");
    unit("daemon", one, two);
    Path plain = Files.createDirectories(root.resolve("plain"));
    unit("plain-api", plain);
    Files.createDirectories(root.resolve("unused"));
    Path link = Files.createSymbolicLink(root.resolve("link"), one);
    unit("link-api", link.resolve("app.py"));
    Path worktree = Files.createDirectories(root.resolve("worktree"));
    Files.writeString(worktree.resolve(".git"), "gitdir: /elsewhere\n");
    Path mixed = tenant("mixed");
    unit("api-mixed", mixed);
    unit("web-mixed", mixed);

    Found found = discover();

    assertThat(found.tenants()).isEmpty();
    assertThat(found.leftOut())
        .extracting(left -> left.path().getFileName().toString())
        .containsExactlyInAnyOrder(
            "no-unit",
            "no-database",
            "tracked",
            "template",
            "one",
            "two",
            "plain",
            "link",
            "worktree",
            "mixed");
    assertThat(reason(found, "no-unit")).contains("no service");
    assertThat(reason(found, "no-database")).contains("no SQLite database");
    assertThat(reason(found, "tracked")).contains("git tracks its database data/shop.db");
    assertThat(reason(found, "template")).contains("shop@template", "template");
    assertThat(reason(found, "one")).contains("daemon", "several checkouts");
    assertThat(reason(found, "plain")).contains("no git checkout", "plain-api");
    assertThat(reason(found, "link")).contains("symbolic link", "one");
    assertThat(reason(found, "worktree")).contains("shares its git directory");
    assertThat(reason(found, "mixed")).contains("api-mixed, web-mixed", "{slug}-name");
  }

  @Test
  void aUnitThatNamesTwoCheckoutsTakesNoneOfThemAwayAndBelongsToItsNamesake() throws Exception {
    Path one = tenant("one");
    Path two = tenant("two");
    unit("one-api", one);
    unit("two-api", two);
    unit("one-worker", one, two);
    unit("daemon", one, two);

    Found found = discover();

    assertThat(found.leftOut()).isEmpty();
    assertThat(unitsOf(found, "one")).containsExactly("one-api", "one-worker");
    assertThat(unitsOf(found, "two")).containsExactly("two-api");
    assertThat(found.tenants())
        .allSatisfy(
            tenant -> assertThat(tenant.notes()).anyMatch(note -> note.startsWith("daemon uses")));
    assertThat(notesOf(found, "one")).anyMatch(note -> note.startsWith("its unit one-worker uses"));
    assertThat(notesOf(found, "two")).anyMatch(note -> note.startsWith("one-worker uses several"));
  }

  @Test
  void ofTwoSlugsTheLongerOneOfWhichAUnitIsCalledHasIt() throws Exception {
    Path acme = tenant("acme");
    Path other = tenant("elsewhere");
    unit("acme-api", acme);
    unit("acme-one-api", other);
    unit("acme-one-web", other);
    unit("acme-one-worker", acme, other);

    Found found = discover();

    assertThat(unitsOf(found, "acme")).containsExactly("acme-api");
    assertThat(unitsOf(found, "acme-one"))
        .containsExactly("acme-one-api", "acme-one-web", "acme-one-worker");
  }

  private static List<String> unitsOf(Found found, String slug) {
    return tenantOf(found, slug).units().stream().map(FoundUnit::name).toList();
  }

  private static List<String> notesOf(Found found, String slug) {
    return tenantOf(found, slug).notes();
  }

  private static FoundTenant tenantOf(Found found, String slug) {
    return found.tenants().stream()
        .filter(tenant -> tenant.slug().value().equals(slug))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aRootThatIsACheckoutIsSaidToBeOne() throws Exception {
    root = tenant("acme");

    assertThat(discover().leftOut())
        .singleElement()
        .satisfies(left -> assertThat(left.reason()).contains("directory above it"));
  }

  @Test
  void ofTwoTenantsWithOnePortTheOneThatListensIsTaken() throws Exception {
    Path copied = tenant("aaa-copied");
    Path real = tenant("real");
    for (Path tenant : List.of(copied, real)) {
      Files.writeString(tenant.resolve(".env"), "API_PORT=8001\n");
    }
    unit("aaa-copied-api", copied);
    units.add(unitOf("real-api", Set.of(real), false, Map.of(), Set.of(8001)));

    Found found = discover();

    assertThat(found.tenants()).extracting(FoundTenant::slug).hasToString("[real]");
    assertThat(reason(found, "aaa-copied")).contains("8001").contains(real.toString());
  }

  @Test
  void whatAPersonShouldLookAtIsNoted() throws Exception {
    Path acme = tenant("acme");
    Files.writeString(acme.resolve("app.py"), "changed\n");
    git(acme, "commit", "--quiet", "--allow-empty", "--message", "own work");
    git(acme, "remote", "set-url", "origin", "https://bob:hunter2@git.example/shop.git");
    units.add(
        new FoundUnit(
            "acme-api",
            Path.of("/etc/systemd/system/acme-api.service"),
            Set.of(acme),
            "www-data",
            false,
            List.of("acme-api.socket"),
            false,
            true,
            Map.of(),
            Set.of(),
            Set.of()));
    units.add(unitOf("acme-backup", Set.of(acme), true, Map.of(), Set.of()));

    FoundTenant tenant = discover().tenants().get(0);

    assertThat(tenant.units()).extracting(FoundUnit::name).containsExactly("acme-api");
    assertThat(tenant.origin()).isEqualTo("https://git.example/shop.git");
    assertThat(String.join("\n", tenant.notes()))
        .contains("v1.0.0-1-g", "is no release")
        .contains("app.py")
        .contains("upstream.credentials")
        .contains("acme-api does not run")
        .contains("runs as www-data")
        .contains("acme-api.socket")
        .contains("acme-backup does something and ends")
        .doesNotContain("hunter2", "bob");
  }

  private Found discover() throws IOException {
    return new Discovery(List.of(() -> units)).read(List.of(root));
  }

  private static String reason(Found found, String name) {
    return found.leftOut().stream()
        .filter(left -> left.path().endsWith(name))
        .map(LeftOut::reason)
        .findFirst()
        .orElseThrow();
  }

  private void unit(String name, Path... places) {
    units.add(unitOf(name, Set.of(places), false, Map.of(), Set.of()));
  }

  private static FoundUnit unitOf(
      String name,
      Set<Path> places,
      boolean oneShot,
      Map<String, Integer> settings,
      Set<Integer> listening) {
    return new FoundUnit(
        name,
        Path.of("/etc/systemd/system/" + name + ".service"),
        places,
        null,
        oneShot,
        List.of(),
        true,
        true,
        settings,
        Set.of(),
        listening);
  }

  private Path tenant(String name) throws Exception {
    Path checkout = Files.createDirectories(root.resolve(name));
    git(checkout, "init", "--quiet", "--initial-branch=main");
    git(checkout, "remote", "add", "origin", "https://git.example/shop.git");
    Files.writeString(checkout.resolve(".gitignore"), "*.db\n*.sqlite\n.env\nvenv/\n");
    Files.writeString(checkout.resolve("app.py"), "VERSION = '1.0.0'\n");
    Files.writeString(checkout.resolve("requirements.txt"), "flask==3.0.0\n");
    git(checkout, "add", "--all");
    git(checkout, "commit", "--quiet", "--message", "release");
    git(checkout, "tag", "v1.0.0");
    database(checkout.resolve("data/shop.db"));
    return checkout;
  }

  private static void database(Path file) throws Exception {
    Files.createDirectories(file.getParent());
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
      connection.createStatement().execute("create table person (name text)");
    }
  }

  private static void git(Path checkout, String... arguments) throws Exception {
    List<String> words =
        new ArrayList<>(
            List.of("git", "-c", "user.name=Test", "-c", "user.email=test@example.org"));
    words.addAll(Arrays.asList(arguments));
    Process git =
        new ProcessBuilder(words).directory(checkout.toFile()).redirectErrorStream(true).start();
    String output = new String(git.getInputStream().readAllBytes(), UTF_8);
    assertThat(git.waitFor()).as(output).isZero();
  }

  /** Every file and directory below the root with its content and times. */
  private Map<String, String> everything() throws IOException {
    Map<String, String> all = new TreeMap<>();
    try (Stream<Path> walk = Files.walk(root)) {
      for (Path path : walk.toList()) {
        String content = Files.isRegularFile(path) ? Arrays.toString(Files.readAllBytes(path)) : "";
        all.put(path.toString(), Files.getLastModifiedTime(path) + " " + content);
      }
    }
    return all;
  }
}
