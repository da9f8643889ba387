package dev.uplift.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.discover.Found;
import dev.uplift.discover.Found.LeftOut;
import dev.uplift.discover.FoundTenant;
import dev.uplift.discover.FoundUnit;
import dev.uplift.discover.Layout;
import dev.uplift.prepare.HostFacts.Root;
import dev.uplift.prepare.HostFacts.Root.Kind;
import dev.uplift.prepare.Piece.Allowed;
import dev.uplift.prepare.Piece.Directory;
import dev.uplift.prepare.Piece.Link;
import dev.uplift.prepare.Piece.LoadedUnits;
import dev.uplift.prepare.Piece.LoadedUnits.Loaded;
import dev.uplift.prepare.Piece.SystemUser;
import dev.uplift.prepare.Piece.TextFile;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostPlanTest {
  private static final Path SRV = Path.of("/srv");
  private static final Request OF_SRV = request(List.of(SRV), null, false);
  private static final Request AGAIN = request(List.of(), null, false);

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
            Map.of("ops", "staff"));

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
            Set.of("host"), "web-7", List.of(SRV), Path.of("/data/up"), "10.0.0.1:7233", true);

    assertThat(HostPlan.settings(AGAIN, Optional.of(before.yaml()), "web-1")).isEqualTo(before);
  }

  @Test
  void settingsThatNobodyChangedFollowWhatIsAsked() {
    String before = settings(OF_SRV).yaml();
    Request more = request(List.of(SRV, Path.of("/data")), null, false);

    assertThat(HostPlan.settings(more, Optional.of(before), "web-1").roots())
        .containsExactly(SRV, Path.of("/data"));
  }

  @Test
  void settingsThatAPersonChangedAreNeverOverwritten() {
    String changed = settings(OF_SRV).yaml() + "  drain: 2h\n";
    Request more = request(List.of(SRV, Path.of("/data")), null, false);

    assertThatThrownBy(() -> HostPlan.settings(more, Optional.of(changed), "web-1"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("changed by somebody")
        .hasMessageContaining("uplift.host.roots is [/srv], asked was [/srv, /data]")
        .hasMessageNotContaining("uplift.host.name");
    assertThat(HostPlan.settings(AGAIN, Optional.of(changed), "web-1")).isEqualTo(settings(OF_SRV));
  }

  @Test
  void aPersonsSettingsStayInTheFileAsTheyWere() {
    String changed = settings(OF_SRV).yaml() + "  drain: 2h\n";

    HostPlan plan =
        HostPlan.of(
            AGAIN,
            HostPlan.settings(AGAIN, Optional.of(changed), "web-1"),
            facts(Optional.of("ops"), Optional.of(changed), Optional.empty(), acme));

    assertThat(text(plan, "/etc/uplift/uplift-worker.yml")).isEqualTo(changed);
  }

  @Test
  void withoutRootsOneIsAskedFor() {
    assertThatThrownBy(() -> HostPlan.settings(AGAIN, Optional.empty(), "web-1"))
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
    assertThatThrownBy(() -> HostPlan.settings(AGAIN, Optional.of("uplift: [\n"), "web-1"))
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
    return HostPlan.settings(request, Optional.empty(), "web-1");
  }

  private static Request request(List<Path> roots, String user, boolean api) {
    return new Request(
        roots, Optional.<HostName>empty(), Optional.ofNullable(user), Optional.empty(), false, api);
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
        Map.of("ops", "staff", "web", "web"));
  }

  private static FoundTenant tenant(String slug, String owner, String... units) {
    return new FoundTenant(
        new Slug(slug),
        SRV.resolve(slug),
        owner,
        "v0.2.0",
        null,
        Arrays.stream(units).map(HostPlanTest::unit).toList(),
        List.of(),
        "db/pocket.db",
        Map.of(),
        new Layout(List.of(), List.of(), List.of(), List.of(), false),
        List.of());
  }

  private static FoundUnit unit(String name) {
    return new FoundUnit(
        name,
        Path.of("/etc/systemd/system", name + ".service"),
        Set.of(),
        "ops",
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
        .filter(TextFile.class::isInstance)
        .map(TextFile.class::cast)
        .filter(file -> file.path().toString().equals(path))
        .map(TextFile::content)
        .findFirst()
        .orElseThrow(() -> new AssertionError("no file " + path));
  }
}
