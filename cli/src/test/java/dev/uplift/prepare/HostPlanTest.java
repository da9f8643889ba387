package dev.uplift.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.uplift.discover.Found;
import dev.uplift.discover.Found.LeftOut;
import dev.uplift.discover.FoundTenant;
import dev.uplift.discover.FoundUnit;
import dev.uplift.discover.Layout;
import dev.uplift.prepare.HostFacts.Root;
import dev.uplift.prepare.HostFacts.Root.Kind;
import dev.uplift.prepare.Piece.Allowed;
import dev.uplift.prepare.Piece.Copy;
import dev.uplift.prepare.Piece.Directory;
import dev.uplift.prepare.Piece.Link;
import dev.uplift.prepare.Piece.LoadedUnits;
import dev.uplift.prepare.Piece.LoadedUnits.Loaded;
import dev.uplift.prepare.Piece.Readable;
import dev.uplift.prepare.Piece.SettingsFile;
import dev.uplift.prepare.Piece.SystemUser;
import dev.uplift.prepare.Piece.TextFile;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostPlanTest {
  private static final Path SRV = Path.of("/srv");
  private static final Path DATA = Path.of("/data");
  private static final Supplier<String> NAME = () -> "web-1";
  private static final String RULE = "/etc/polkit-1/rules.d/50-uplift.rules";
  private static final Request OF_SRV = request(List.of(SRV), null, false);
  private static final Request AGAIN = request(List.of(), null, false);
  private static final EngineRequest MUTUAL_TLS =
      engine("10.0.0.1:7233", "/root/ca.pem", "/root/client.pem", "/root/client.key", null);

  private final FoundTenant acme = tenant("acme", "ops", "acme-api", "acme-frontend");
  private final FoundTenant globex = tenant("globex", "ops", "globex");

  @Test
  void thePolkitRuleNamesExactlyTheUnitsOfTheTenants() {
    String rule = text(plan(OF_SRV, acme, globex), "/etc/polkit-1/rules.d/50-uplift.rules");

    assertThat(rule)
        .contains(
            "[\n  \"acme-api.service\",\n  \"acme-frontend.service\",\n  \"globex.service\"\n]")
        .contains("subject.user == \"ops\"")
        .contains("[\"start\", \"stop\", \"restart\", \"reset-failed\"]")
        .contains("action.id == \"org.freedesktop.systemd1.manage-units\"");
  }

  @Test
  void aUnitOfAnotherUserIsNotAllowedAndThatIsSaid() {
    FoundTenant mixed = with(with(acme, unit("acme-backup", "root")), unit("acme-x", null));

    HostPlan plan = plan(OF_SRV, mixed);

    assertThat(text(plan, RULE)).contains("acme-api", "acme-frontend").doesNotContain("backup");
    assertThat(text(plan, RULE)).doesNotContain("acme-x");
    assertThat(plan.pieces())
        .contains(new Allowed("ops", "staff", List.of("acme-api", "acme-frontend")));
    assertThat(plan.notes())
        .anySatisfy(
            note ->
                assertThat(note)
                    .contains("acme-backup of acme runs as root", "Set User=ops in the unit"));
  }

  @Test
  void aUnitThatWasAllowedAndRunsAsAnotherUserLosesThat() {
    HostFacts facts =
        prepared(
            Set.of("acme-api", "acme-backup", "old-api"),
            Set.of("acme-backup"),
            Map.of("acme-api", "ops", "acme-backup", "root", "old-api", "web"),
            with(acme, unit("acme-backup", "root")));

    HostPlan plan = HostPlan.of(OF_SRV, settings(OF_SRV), facts);

    assertThat(text(plan, RULE)).doesNotContain("backup", "old-api");
    assertThat(plan.notes())
        .contains(
            "no longer allowed: acme-backup, which runs as root",
            "no longer allowed: old-api, which runs as web");
  }

  @Test
  void whatIsNoLongerFoundStaysAllowedUntilThatIsTakenAway() {
    HostFacts facts =
        prepared(
            Set.of("acme-api", "acme-frontend", "globex", "gone-api"),
            Set.of("globex"),
            Map.of("globex", "ops"),
            acme);

    HostPlan kept = HostPlan.of(OF_SRV, settings(OF_SRV), facts);
    assertThat(text(kept, RULE)).contains("acme-api", "globex.service", "gone-api");
    assertThat(kept.notes())
        .contains(
            "no longer found: globex; it stays allowed, an upgrade has stopped it",
            "no longer found: gone-api; it stays allowed until --remove is given");

    Request remove = request(List.of(SRV), null, EngineRequest.AS_IT_IS, false, true);
    HostPlan removed = HostPlan.of(remove, settings(remove), facts);
    assertThat(text(removed, RULE)).contains("globex.service").doesNotContain("gone-api");
    assertThat(removed.notes())
        .contains(
            "no longer found: globex; it stays allowed, an upgrade has stopped it",
            "no longer allowed: gone-api, which was not found");
  }

  @Test
  void whatNobodyMissesIsNotTold() {
    HostFacts facts =
        prepared(
            Set.of("acme-api", "acme-frontend"),
            Set.of("acme-api"),
            Map.of("acme-api", "ops", "acme-frontend", "ops"),
            acme);

    assertThat(HostPlan.of(OF_SRV, settings(OF_SRV), facts).notes()).isEmpty();
  }

  @Test
  void theUnitsOfAnotherWorkersUserAreNotTakenOver() {
    HostFacts facts = prepared(Set.of("gone-api"), Set.of(), Map.of());
    HostFacts byWeb =
        new HostFacts(
            facts.dist(),
            facts.workerUnit(),
            facts.apiUnit(),
            facts.workerSettings(),
            facts.apiSettings(),
            facts.roots(),
            new Found(List.of(tenant("hooli", "web", "hooli-api")), List.of()),
            facts.workerUser(),
            Map.of("web", "web"),
            facts.allowed(),
            facts.guarded(),
            facts.unitUsers());
    Request web = request(List.of(SRV), "web", false);

    HostPlan plan = HostPlan.of(web, settings(web), byWeb);

    assertThat(text(plan, RULE)).contains("hooli-api").doesNotContain("gone-api");
    assertThat(plan.notes()).contains("no longer allowed: gone-api, which runs as ops");
  }

  @Test
  void withoutTenantsTheRuleAllowsNothing() {
    assertThat(text(plan(OF_SRV), "/etc/polkit-1/rules.d/50-uplift.rules"))
        .contains("UPLIFT_UNITS = [\n\n]");
  }

  @Test
  void eachTenantHasTheGuardOfItsUnits() {
    HostPlan plan = plan(OF_SRV, acme, globex);

    assertThat(text(plan, "/etc/systemd/system/acme-.service.d/50-uplift-guard.conf"))
        .contains("[Unit]\nAssertPathExists=!/var/lib/uplift/guard/%N\n");
    assertThat(text(plan, "/etc/systemd/system/globex.service.d/50-uplift-guard.conf"))
        .isNotEmpty();
    assertThat(files(plan)).filteredOn(path -> path.contains("guard")).hasSize(2);
  }

  @Test
  void aTenantWithAUnitOfItsOwnNameAndOthersHasBothGuards() {
    HostPlan plan = plan(OF_SRV, tenant("acme", "ops", "acme", "acme-worker", "acme-api"));

    assertThat(files(plan))
        .filteredOn(path -> path.contains("guard"))
        .containsExactlyInAnyOrder(
            "/etc/systemd/system/acme.service.d/50-uplift-guard.conf",
            "/etc/systemd/system/acme-.service.d/50-uplift-guard.conf");
  }

  @Test
  void theWorkerRunsAsTheTenantsOwnerAndWritesToTheRootsAndItsState() {
    HostPlan plan = plan(request(List.of(SRV, Path.of("/data/a b%")), null, false), acme);

    assertThat(text(plan, "/etc/systemd/system/uplift-worker.service.d/50-uplift-host.conf"))
        .contains("User=ops\n", "Group=staff\n")
        .contains("ReadWritePaths=\"-/var/lib/uplift\" \"-/srv\" \"-/data/a b%%\"\n");
    assertThat(plan.pieces())
        .contains(new Directory(Path.of("/var/lib/uplift"), "ops", "staff", "rwxr-x---"))
        .noneMatch(SystemUser.class::isInstance);
  }

  @Test
  void whereNoTenantIsYetASystemUserIsMade() {
    assertThat(plan(OF_SRV).pieces())
        .contains(new SystemUser("uplift", Path.of("/var/lib/uplift")))
        .contains(new Directory(Path.of("/var/lib/uplift"), "uplift", "uplift", "rwxr-x---"));
    assertThat(plan(OF_SRV).notes()).anyMatch(note -> note.contains("No tenant was found"));
  }

  @Test
  void atTheEndSystemdHasReadTheUnitsAndPolkitAllowsThem() {
    List<Piece> pieces = plan(OF_SRV, acme).pieces();

    List<String> units = List.of("acme-api", "acme-frontend");
    assertThat(pieces.subList(pieces.size() - 2, pieces.size()))
        .containsExactly(
            new LoadedUnits(
                List.of(
                    new Loaded("uplift-worker", dropIns("uplift-worker", "host")),
                    new Loaded("acme-api", dropIns("acme-", "guard")),
                    new Loaded("acme-frontend", dropIns("acme-", "guard")))),
            new Allowed("ops", "staff", units));
  }

  @Test
  void tenantsOfDifferentOwnersAreRefusedByNameUnlessOneIsChosen() {
    FoundTenant hooli = tenant("hooli", "web", "hooli-api");

    assertThatThrownBy(() -> plan(OF_SRV, acme, globex, hooli))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("acme, globex to ops; hooli to web")
        .hasMessageContaining("--user");

    HostPlan chosen = plan(request(List.of(SRV), "web", false), acme, globex, hooli);
    assertThat(text(chosen, "/etc/polkit-1/rules.d/50-uplift.rules"))
        .contains("hooli-api.service")
        .doesNotContain("acme", "globex");
    assertThat(chosen.notes()).contains("/srv/acme was left out: it belongs to ops, not to web");
  }

  @Test
  void tenantsOfRootAreRefused() {
    assertThatThrownBy(() -> plan(OF_SRV, tenant("acme", "root", "acme-api")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("does not run as root")
        .hasMessageContaining("chown");
  }

  @Test
  void anUnknownUserIsRefused() {
    assertThatThrownBy(() -> plan(request(List.of(SRV), "osp", false), acme))
        .isInstanceOf(Refused.class)
        .hasMessage("there is no user osp");
  }

  @Test
  void aWorkerThatRunsAsSomebodyElseAlreadyIsNotTakenAway() {
    HostFacts facts = facts(Optional.of("web"), Optional.empty(), Optional.empty(), acme);

    assertThatThrownBy(() -> HostPlan.of(OF_SRV, settings(OF_SRV), facts))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("runs as web")
        .hasMessageContaining("--user ops");
  }

  @Test
  void whatWasLeftOutIsToldWithTheReason() {
    HostFacts facts =
        new HostFacts(
            Path.of("/opt/uplift"),
            "",
            "",
            Optional.empty(),
            Optional.empty(),
            List.of(directory("/srv")),
            new Found(List.of(acme), List.of(new LeftOut(Path.of("/srv/old"), "no database"))),
            Optional.empty(),
            Map.of("ops", "staff"),
            Optional.empty(),
            Set.of(),
            Map.of());

    assertThat(HostPlan.of(OF_SRV, settings(OF_SRV), facts).notes())
        .containsExactly("/srv/old was left out: no database");
  }

  @Test
  void theReleaseThatRunsThisBecomesTheInstalledOne() {
    assertThat(plan(OF_SRV).pieces().get(0))
        .isEqualTo(new Link(Path.of("/opt/uplift"), Path.of("/opt/uplift-1.2.3")));
  }

  @Test
  void theCentralMachineHasTheApiAndRunsWorkflows() {
    Request central = request(List.of(), null, true);

    HostPlan plan = plan(central);

    assertThat(text(plan, "/etc/uplift/uplift-worker.yml"))
        .contains("roles: [workflows]")
        .doesNotContain("roots");
    assertThat(text(plan, "/etc/uplift/uplift-api.yml"))
        .contains("database: /var/lib/uplift-api/registry.db", "target: \"127.0.0.1:7233\"");
    assertThat(plan.pieces())
        .contains(new SystemUser("uplift-api", Path.of("/var/lib/uplift-api")));
    assertThat(files(plan)).contains("/etc/systemd/system/uplift-api.service");
  }

  @Test
  void settingsAreForTheirServiceToRead() {
    List<Piece> pieces = plan(request(List.of(SRV), null, true), acme).pieces();

    assertThat(pieces)
        .filteredOn(SettingsFile.class::isInstance)
        .map(SettingsFile.class::cast)
        .extracting(SettingsFile::user, SettingsFile::group)
        .containsExactly(tuple("ops", "staff"), tuple("uplift-api", "uplift-api"));
  }

  @Test
  void settingsOfTheApiSayWhereTheOthersAreDescribed() {
    assertThat(text(plan(request(List.of(), null, true)), "/etc/uplift/uplift-api.yml"))
        .contains("/opt/uplift/docs/engine.md and /opt/uplift/docs/operations.md");
  }

  @Test
  void certificatesAreCopiedForEachServiceAndNamedInItsSettings() {
    HostPlan plan = plan(request(List.of(SRV), null, MUTUAL_TLS, true, false), acme);

    for (String service : List.of("worker", "api")) {
      String keys = "/etc/uplift/" + service;
      assertThat(text(plan, "/etc/uplift/uplift-" + service + ".yml"))
          .contains(
              """
                  target: "10.0.0.1:7233"
                  tls:
                    ca-file: "%1$s/ca.pem"
                    cert-file: "%1$s/cert.pem"
                    key-file: "%1$s/key.pem"
              """
                  .formatted(keys));
      String group = service.equals("api") ? "uplift-api" : "staff";
      assertThat(plan.pieces())
          .contains(
              new Directory(Path.of(keys), "root", group, "rwxr-x---"),
              new Copy(Path.of("/root/ca.pem"), Path.of(keys, "ca.pem"), group),
              new Copy(Path.of("/root/client.pem"), Path.of(keys, "cert.pem"), group),
              new Copy(Path.of("/root/client.key"), Path.of(keys, "key.pem"), group));
    }
  }

  @Test
  void anApiKeyIsCopiedLikewise() {
    EngineRequest key = engine("10.0.0.1:7233", null, null, null, "/root/token");

    HostPlan plan = plan(request(List.of(SRV), null, key, false, false), acme);

    assertThat(text(plan, "/etc/uplift/uplift-worker.yml"))
        .contains("    api-key-file: \"/etc/uplift/worker/api-key\"\n");
    assertThat(plan.pieces())
        .contains(new Copy(Path.of("/root/token"), Path.of("/etc/uplift/worker/api-key"), "staff"));
  }

  @Test
  void copiesThatAreThereStayWithTheirServiceWhenNothingIsGiven() {
    String before = settings(request(List.of(SRV), null, MUTUAL_TLS, false, false)).yaml();
    HostFacts facts = facts(Optional.of("ops"), Optional.of(before), Optional.empty(), acme);

    HostPlan plan = HostPlan.of(AGAIN, HostPlan.settings(AGAIN, Optional.of(before), NAME), facts);

    assertThat(text(plan, "/etc/uplift/uplift-worker.yml")).isEqualTo(before);
    Path key = Path.of("/etc/uplift/worker/key.pem");
    assertThat(plan.pieces()).contains(new Copy(key, key, "staff"));
  }

  @Test
  void anApiThatIsAddedGetsCopiesOfItsOwnFromTheWorkers() {
    String before = settings(request(List.of(SRV), null, MUTUAL_TLS, false, false)).yaml();
    Request api = request(List.of(), null, true);
    HostFacts facts = facts(Optional.of("ops"), Optional.of(before), Optional.empty(), acme);

    HostPlan plan = HostPlan.of(api, HostPlan.settings(api, Optional.of(before), NAME), facts);

    assertThat(plan.pieces())
        .contains(
            new Copy(
                Path.of("/etc/uplift/worker/key.pem"),
                Path.of("/etc/uplift/api/key.pem"),
                "uplift-api"));
    assertThat(text(plan, "/etc/uplift/uplift-api.yml"))
        .contains("key-file: \"/etc/uplift/api/key.pem\"");
  }

  @Test
  void filesThatAPersonNamedAreLookedAt() {
    String changed =
        settings(OF_SRV).yaml()
            + "    tls: {ca-file: /pki/ca.pem, cert-file: /pki/c.pem, key-file: /pki/c.key}\n";

    HostPlan plan =
        HostPlan.of(
            AGAIN,
            HostPlan.settings(AGAIN, Optional.of(changed), NAME),
            facts(Optional.of("ops"), Optional.of(changed), Optional.empty(), acme));

    assertThat(plan.pieces())
        .contains(
            new Readable(Path.of("/pki/ca.pem"), false, "ops", "staff"),
            new Readable(Path.of("/pki/c.key"), true, "ops", "staff"));
  }

  @Test
  void settingsOfTheApiFollowWhatIsAskedUnlessAPersonChangedThem() {
    EngineSettings worker = EngineSettings.DEFAULT;
    String before = ApiSettings.of(EngineRequest.AS_IT_IS, Optional.empty(), worker).yaml();
    EngineRequest other = engine("10.0.0.9:7233", null, null, null, null);

    assertThat(ApiSettings.of(other, Optional.of(before), worker).engine().target())
        .isEqualTo("10.0.0.9:7233");
    assertThatThrownBy(() -> ApiSettings.of(other, Optional.of(before + "  port: 1\n"), worker))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("uplift-api.yml was changed by somebody")
        .hasMessageContaining("uplift.engine.target is 127.0.0.1:7233, asked was 10.0.0.9:7233");
  }

  @Test
  void anEngineThatNothingProtectsIsRefusedWithTheOptionsForIt() {
    assertThatThrownBy(() -> requireProtected(engine("10.0.0.1:7233", "/ca.pem", null, null, null)))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("10.0.0.1:7233")
        .hasMessageContaining("--engine-cert FILE --engine-key FILE")
        .hasMessageContaining("--engine-api-key FILE")
        .hasMessageContaining("--insecure");
    assertThatThrownBy(
            () -> requireProtected(engine("10.0.0.1:7233", null, "/cert.pem", null, null)))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("belong together");

    requireProtected(MUTUAL_TLS);
    requireProtected(engine("10.0.0.1:7233", null, null, null, "/token"));
    requireProtected(engine("127.0.0.1:7233", null, null, null, null));
    requireProtected(new EngineRequest("10.0.0.1:7233", null, null, null, null, null, null, true));
  }

  private static void requireProtected(EngineRequest engine) {
    settings(request(List.of(SRV), null, engine, false, false)).engine().requireProtected();
  }

  private static EngineRequest engine(
      String target, String ca, String cert, String key, String apiKey) {
    return new EngineRequest(
        target, null, path(ca), path(cert), path(key), null, path(apiKey), false);
  }

  private static Path path(String written) {
    return written == null ? null : Path.of(written);
  }

  @Test
  void settingsOfTheApiThatAreThereAreKept() {
    Request central = request(List.of(), null, true);

    HostPlan plan =
        HostPlan.of(
            central,
            settings(central),
            facts(Optional.empty(), Optional.empty(), Optional.of("uplift: {port: 1}\n")));

    assertThat(text(plan, "/etc/uplift/uplift-api.yml")).isEqualTo("uplift: {port: 1}\n");
  }

  @Test
  void settingsThatWereNotAskedForStayAsTheyAre() {
    WorkerSettings before =
        new WorkerSettings(
            Set.of("host"),
            "web-7",
            List.of(SRV),
            Path.of("/data/up"),
            new EngineSettings("10.0.0.1:7233", null, null, null, null, null, null, true));

    assertThat(HostPlan.settings(AGAIN, Optional.of(before.yaml()), NAME)).isEqualTo(before);
  }

  @Test
  void settingsThatNobodyChangedFollowWhatIsAsked() {
    String before = settings(OF_SRV).yaml();
    Request more = request(List.of(SRV, Path.of("/data")), null, false);

    assertThat(HostPlan.settings(more, Optional.of(before), NAME).roots())
        .containsExactly(SRV, Path.of("/data"));
  }

  @Test
  void aRootIsAddedToThoseThatAreThere() {
    Request data = request(List.of(DATA), null, false);

    assertThat(HostPlan.settings(data, Optional.of(settings(OF_SRV).yaml()), NAME).roots())
        .containsExactly(SRV, DATA);
  }

  @Test
  void settingsThatAPersonChangedAreNeverOverwritten() {
    String changed = settings(OF_SRV).yaml() + "  drain: 2h\n";
    Request more = request(List.of(SRV, Path.of("/data")), null, false);

    assertThatThrownBy(() -> HostPlan.settings(more, Optional.of(changed), NAME))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("changed by somebody")
        .hasMessageContaining("uplift.host.roots is [/srv], asked was [/srv, /data]")
        .hasMessageNotContaining("uplift.host.name");
    assertThat(HostPlan.settings(AGAIN, Optional.of(changed), NAME)).isEqualTo(settings(OF_SRV));
  }

  @Test
  void aPersonsSettingsStayInTheFileAsTheyWere() {
    String changed = settings(OF_SRV).yaml() + "  drain: 2h\n";

    HostPlan plan =
        HostPlan.of(
            AGAIN,
            HostPlan.settings(AGAIN, Optional.of(changed), NAME),
            facts(Optional.of("ops"), Optional.of(changed), Optional.empty(), acme));

    assertThat(text(plan, "/etc/uplift/uplift-worker.yml")).isEqualTo(changed);
  }

  @Test
  void withoutRootsOneIsAskedFor() {
    assertThatThrownBy(() -> HostPlan.settings(AGAIN, Optional.empty(), NAME))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("--root");
  }

  @Test
  void theWorkersOwnWayOfWritingSettingsIsUnderstood() {
    String dotted = "uplift.host.name: web-2\nuplift:\n  host.roots: /srv, /data\n";

    WorkerSettings settings = WorkerSettings.parse("uplift-worker.yml", dotted);

    assertThat(settings.name()).isEqualTo("web-2");
    assertThat(settings.roots()).containsExactly(SRV, Path.of("/data"));
  }

  @Test
  void malformedSettingsAreRefusedByFile() {
    assertThatThrownBy(() -> HostPlan.settings(AGAIN, Optional.of("uplift: [\n"), NAME))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("/etc/uplift/uplift-worker.yml");
  }

  @Test
  void unusableRootsAreRefusedWithTheRemedy() {
    assertRefused(new Root(Path.of("/srf"), Kind.MISSING, false), "is not there");
    assertRefused(new Root(SRV, Kind.LINK, false), "symbolic link");
    assertRefused(new Root(SRV, Kind.OTHER, false), "no directory");
    assertRefused(new Root(SRV, Kind.DIRECTORY, true), "chmod o-w /srv");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/etc", "/usr/lib", "/root"})
  void rootsOfTheSystemAreRefused(String root) {
    assertRefused(directory(root), "belongs to the system");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/srv", "/home/ops/tenants", "/usr/local/tenants", "/opt"})
  void ordinaryRootsAreNot(String root) {
    HostPlan.requireUsable(List.of(directory(root)));
  }

  private static void assertRefused(Root root, String reason) {
    assertThatThrownBy(() -> HostPlan.requireUsable(List.of(root)))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(root.path().toString())
        .hasMessageContaining(reason);
  }

  private static Set<Path> dropIns(String prefix, String name) {
    return Set.of(
        Path.of("/etc/systemd/system", prefix + ".service.d", "50-uplift-" + name + ".conf"));
  }

  private static Root directory(String path) {
    return new Root(Path.of(path), Kind.DIRECTORY, false);
  }

  private static HostPlan plan(Request request, FoundTenant... tenants) {
    return HostPlan.of(
        request,
        settings(request),
        facts(Optional.empty(), Optional.empty(), Optional.empty(), tenants));
  }

  private static WorkerSettings settings(Request request) {
    return HostPlan.settings(request, Optional.empty(), NAME);
  }

  private static Request request(List<Path> roots, String user, boolean api) {
    return request(roots, user, EngineRequest.AS_IT_IS, api, false);
  }

  private static Request request(
      List<Path> roots, String user, EngineRequest engine, boolean api, boolean remove) {
    return new Request(
        roots, Optional.<HostName>empty(), Optional.ofNullable(user), engine, api, remove);
  }

  private static HostFacts facts(
      Optional<String> workerUser,
      Optional<String> workerSettings,
      Optional<String> apiSettings,
      FoundTenant... tenants) {
    return new HostFacts(
        Path.of("/opt/uplift-1.2.3"),
        "[Service]\n",
        "[Service]\n",
        workerSettings,
        apiSettings,
        List.of(directory("/srv")),
        new Found(Arrays.asList(tenants), List.of()),
        workerUser,
        Map.of("ops", "staff", "web", "web"),
        Optional.empty(),
        Set.of(),
        Map.of());
  }

  /** A machine that was prepared before, with a rule for these units. */
  private static HostFacts prepared(
      Set<String> allowed,
      Set<String> guarded,
      Map<String, String> unitUsers,
      FoundTenant... tenants) {
    return new HostFacts(
        Path.of("/opt/uplift-1.2.3"),
        "[Service]\n",
        "[Service]\n",
        Optional.empty(),
        Optional.empty(),
        List.of(directory("/srv")),
        new Found(Arrays.asList(tenants), List.of()),
        Optional.of("ops"),
        Map.of("ops", "staff"),
        PolkitRule.parse(new PolkitRule("ops", new TreeSet<>(allowed)).text()),
        guarded,
        unitUsers);
  }

  private static FoundTenant tenant(String slug, String owner, String... units) {
    return new FoundTenant(
        new Slug(slug),
        SRV.resolve(slug),
        owner,
        "v0.2.0",
        null,
        Arrays.stream(units).map(unit -> unit(unit, owner)).toList(),
        List.of(),
        "db/pocket.db",
        Map.of(),
        new Layout(List.of(), List.of(), List.of(), List.of(), false),
        List.of());
  }

  private static FoundTenant with(FoundTenant tenant, FoundUnit unit) {
    List<FoundUnit> units = new ArrayList<>(tenant.units());
    units.add(unit);
    return new FoundTenant(
        tenant.slug(),
        tenant.path(),
        tenant.owner(),
        tenant.version(),
        tenant.origin(),
        units,
        tenant.suffixes(),
        tenant.database(),
        tenant.ports(),
        tenant.layout(),
        tenant.notes());
  }

  private static FoundUnit unit(String name, String user) {
    return new FoundUnit(
        name,
        Path.of("/etc/systemd/system", name + ".service"),
        Set.of(),
        user,
        false,
        List.of(),
        true,
        true,
        Map.of(),
        Set.of(),
        Set.of());
  }

  private static List<String> files(HostPlan plan) {
    return plan.pieces().stream()
        .filter(TextFile.class::isInstance)
        .map(piece -> ((TextFile) piece).path().toString())
        .toList();
  }

  private static String text(HostPlan plan, String path) {
    return plan.pieces().stream()
        .flatMap(
            piece ->
                piece instanceof TextFile file && file.path().toString().equals(path)
                    ? Stream.of(file.content())
                    : piece instanceof SettingsFile settings
                            && settings.path().toString().equals(path)
                        ? Stream.of(settings.content())
                        : Stream.empty())
        .findFirst()
        .orElseThrow(() -> new AssertionError("no file " + path));
  }
}
