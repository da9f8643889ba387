package dev.uplift.prepare;

import dev.uplift.discover.Found.LeftOut;
import dev.uplift.discover.FoundTenant;
import dev.uplift.discover.FoundUnit;
import dev.uplift.prepare.HostFacts.Root;
import dev.uplift.prepare.Piece.Allowed;
import dev.uplift.prepare.Piece.Directory;
import dev.uplift.prepare.Piece.Link;
import dev.uplift.prepare.Piece.LoadedUnits;
import dev.uplift.prepare.Piece.LoadedUnits.Loaded;
import dev.uplift.prepare.Piece.SystemUser;
import dev.uplift.prepare.Piece.TextFile;
import dev.uplift.tenant.HostName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Decides what has to be on a machine.
 *
 * @param pieces in the order in which they are made
 * @param notes what a person should know
 */
record HostPlan(List<Piece> pieces, List<String> notes) {
  static final Path WORKER_SETTINGS = Path.of("/etc/uplift/uplift-worker.yml");
  static final Path API_SETTINGS = Path.of("/etc/uplift/uplift-api.yml");
  static final Path POLKIT_RULE = Path.of("/etc/polkit-1/rules.d/50-uplift.rules");
  static final Path WORKER_DROP_IN =
      Path.of("/etc/systemd/system/uplift-worker.service.d/50-uplift-host.conf");

  /** Runs the worker where no tenant's owner could. */
  static final String SYSTEM_USER = "uplift";

  private static final String API_USER = "uplift-api";
  private static final Path INSTALLED = Path.of("/opt/uplift");
  private static final Path UNITS = Path.of("/etc/systemd/system");
  private static final Set<String> OF_THE_SYSTEM =
      Set.of(
          "etc", "usr", "boot", "dev", "proc", "sys", "run", "bin", "sbin", "lib", "lib64", "root");

  HostPlan {
    pieces = List.copyOf(pieces);
    notes = List.copyOf(notes);
  }

  /**
   * The settings of the worker as they are to be: as asked, else as they are, else the default.
   *
   * @param existing the text of the settings file, if there is one
   * @throws Refused if a person has changed that file, and something else was asked
   */
  static WorkerSettings settings(Request request, Optional<String> existing, String machineName) {
    Optional<WorkerSettings> is =
        existing.map(yaml -> WorkerSettings.parse(WORKER_SETTINGS.toString(), yaml));
    List<Path> roots =
        request.roots().isEmpty()
            ? is.map(WorkerSettings::roots).orElse(List.of())
            : request.roots();
    if (roots.isEmpty() && !request.api()) {
      throw new Refused("where are the tenants? Give --root DIR, or --api where there are none");
    }
    Set<String> roles = new TreeSet<>();
    is.ifPresentOrElse(
        settings -> roles.addAll(settings.roles()), () -> roles.addAll(Set.of("host")));
    if (roots.isEmpty()) {
      roles.remove("host");
    } else {
      roles.add("host");
    }
    if (request.api()) {
      roles.add("workflows");
    }
    WorkerSettings settings =
        new WorkerSettings(
            roles,
            roots.isEmpty()
                ? null
                : request
                    .host()
                    .map(HostName::value)
                    .or(() -> is.map(WorkerSettings::name))
                    .orElse(machineName),
            roots,
            is.map(WorkerSettings::state).orElse(WorkerSettings.STATE),
            request.engine().or(() -> is.map(WorkerSettings::engine)).orElse(WorkerSettings.ENGINE),
            request.insecure() || is.map(WorkerSettings::insecure).orElse(false));
    if (is.isPresent() && !is.get().equals(settings) && !existing.get().equals(is.get().yaml())) {
      throw new Refused(
          WORKER_SETTINGS
              + " was changed by somebody, so it is left alone, but it differs from what was asked:"
              + differences(is.get(), settings)
              + "\nChange it there, or leave these options out.");
    }
    return settings;
  }

  private static String differences(WorkerSettings is, WorkerSettings asked) {
    StringBuilder differences = new StringBuilder();
    TreeMap<String, List<Object>> values = new TreeMap<>();
    values.put("uplift.roles", List.of(is.roles(), asked.roles()));
    values.put(
        "uplift.host.name", List.of(String.valueOf(is.name()), String.valueOf(asked.name())));
    values.put("uplift.host.roots", List.of(is.roots(), asked.roots()));
    values.put("uplift.engine.target", List.of(is.engine(), asked.engine()));
    values.put("uplift.engine.insecure", List.of(is.insecure(), asked.insecure()));
    values.forEach(
        (key, pair) -> {
          if (!pair.get(0).equals(pair.get(1))) {
            differences
                .append("\n  ")
                .append(key)
                .append(" is ")
                .append(pair.get(0))
                .append(", asked was ")
                .append(pair.get(1));
          }
        });
    return differences.toString();
  }

  /** Refuses roots that would hand more to the worker than tenants. */
  static void requireUsable(List<Root> roots) {
    for (Root root : roots) {
      switch (root.kind()) {
        case MISSING ->
            throw new Refused(
                "the root " + root.path() + " is not there: create it, or name another");
        case LINK ->
            throw new Refused(
                "the root " + root.path() + " leads through a symbolic link: give its real path");
        case OTHER -> throw new Refused("the root " + root.path() + " is no directory");
        case DIRECTORY -> {}
      }
      if (root.writableByAll()) {
        throw new Refused(
            "every user can write to the root "
                + root.path()
                + " and put things there in a tenant's place: chmod o-w "
                + root.path());
      }
      boolean ofTheSystem =
          root.path().getNameCount() == 0
              || OF_THE_SYSTEM.contains(root.path().getName(0).toString())
                  && !root.path().startsWith("/usr/local");
      if (ofTheSystem) {
        throw new Refused(
            "the root "
                + root.path()
                + " belongs to the system, and the worker may write everywhere below a root: name"
                + " the directory that the tenants are in");
      }
    }
  }

  static HostPlan of(Request request, WorkerSettings settings, HostFacts facts) {
    List<Piece> pieces = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    if (!facts.dist().equals(INSTALLED)) {
      pieces.add(new Link(INSTALLED, facts.dist()));
    }
    pieces.add(new Link(Path.of("/usr/local/bin/uplift"), INSTALLED.resolve("uplift")));
    pieces.add(new Directory(Path.of("/etc/uplift"), "root", "root", "rwxr-xr-x"));

    String user = workerUser(request, facts);
    if (user.equals(SYSTEM_USER)) {
      pieces.add(new SystemUser(SYSTEM_USER, WorkerSettings.STATE));
    }
    String group = facts.groups().getOrDefault(user, user);
    pieces.add(new Directory(settings.state(), user, group, "rwxr-x---"));
    pieces.add(new TextFile(WORKER_SETTINGS, workerSettings(settings, facts), ""));
    pieces.add(new TextFile(UNITS.resolve("uplift-worker.service"), facts.workerUnit(), ""));
    pieces.add(
        new TextFile(WORKER_DROP_IN, workerDropIn(user, group, settings), "runs as " + user));

    List<FoundTenant> tenants = tenantsOf(user, facts);
    List<String> units =
        tenants.stream().flatMap(tenant -> tenant.units().stream()).map(FoundUnit::name).toList();
    pieces.add(
        new TextFile(
            POLKIT_RULE,
            polkitRule(user, units),
            units.isEmpty() ? "no units yet" : String.join(", ", units)));
    List<Loaded> loaded = new ArrayList<>();
    loaded.add(new Loaded("uplift-worker", Set.of(WORKER_DROP_IN)));
    for (FoundTenant tenant : tenants) {
      pieces.addAll(guards(tenant, settings.state()));
      tenant
          .units()
          .forEach(unit -> loaded.add(new Loaded(unit.name(), Set.of(guardOf(tenant, unit)))));
    }
    if (request.api()) {
      pieces.addAll(api(settings, facts));
      loaded.add(new Loaded("uplift-api", Set.of()));
    }
    pieces.add(new LoadedUnits(loaded));
    if (!units.isEmpty()) {
      pieces.add(new Allowed(user, group, units));
    }

    notes.addAll(notesOn(tenants, user, facts));
    return new HostPlan(pieces, notes);
  }

  /** What says the same already stays as somebody has written it. */
  private static String workerSettings(WorkerSettings settings, HostFacts facts) {
    return facts
        .workerSettings()
        .filter(text -> WorkerSettings.parse(WORKER_SETTINGS.toString(), text).equals(settings))
        .orElseGet(settings::yaml);
  }

  private static String workerUser(Request request, HostFacts facts) {
    Set<String> owners =
        facts.found().tenants().stream()
            .map(FoundTenant::owner)
            .collect(Collectors.toCollection(TreeSet::new));
    String user =
        request
            .user()
            .orElseGet(
                () -> {
                  if (owners.size() > 1) {
                    throw new Refused(
                        "the tenants belong to different users, and a worker runs as one: "
                            + byOwner(facts)
                            + ". Choose with --user");
                  }
                  return owners.stream().findFirst().or(facts::workerUser).orElse(SYSTEM_USER);
                });
    if (user.equals("root")) {
      throw new Refused(
          "a worker does not run as root, so it cannot upgrade what belongs to root: give the"
              + " tenants to the user that their services run as (chown -R)");
    }
    if (!user.equals(SYSTEM_USER) && !facts.groups().containsKey(user)) {
      throw new Refused("there is no user " + user);
    }
    Optional<String> before = facts.workerUser();
    if (before.isPresent() && !before.get().equals(user) && request.user().isEmpty()) {
      throw new Refused(
          "the worker of this machine runs as "
              + before.get()
              + ", but the tenants belong to "
              + user
              + ". To change that: stop it, give its state directory to "
              + user
              + " (chown -R), and repeat this with --user "
              + user);
    }
    return user;
  }

  private static String byOwner(HostFacts facts) {
    return facts.found().tenants().stream()
        .collect(
            Collectors.groupingBy(
                FoundTenant::owner,
                TreeMap::new,
                Collectors.mapping(tenant -> tenant.slug().value(), Collectors.joining(", "))))
        .entrySet()
        .stream()
        .map(owner -> owner.getValue() + " to " + owner.getKey())
        .collect(Collectors.joining("; "));
  }

  private static List<FoundTenant> tenantsOf(String user, HostFacts facts) {
    return facts.found().tenants().stream().filter(tenant -> tenant.owner().equals(user)).toList();
  }

  private static List<String> notesOn(List<FoundTenant> prepared, String user, HostFacts facts) {
    List<String> notes = new ArrayList<>();
    for (FoundTenant tenant : facts.found().tenants()) {
      if (!prepared.contains(tenant)) {
        notes.add(
            tenant.path() + " was left out: it belongs to " + tenant.owner() + ", not to " + user);
      }
    }
    for (LeftOut leftOut : facts.found().leftOut()) {
      notes.add(leftOut.path() + " was left out: " + leftOut.reason());
    }
    if (prepared.isEmpty() && !facts.roots().isEmpty()) {
      notes.add("No tenant was found; run this again when there is one.");
    }
    return notes;
  }

  private static String workerDropIn(String user, String group, WorkerSettings settings) {
    String writable =
        Stream.concat(Stream.of(settings.state()), settings.roots().stream())
            // Without the dash, one file system that is not mounted would keep the worker away.
            .map(path -> "\"-" + escaped(path) + "\"")
            .collect(Collectors.joining(" "));
    return """
        # Written by 'uplift host prepare'.
        [Service]
        User=%s
        Group=%s
        ReadWritePaths=%s
        """
        .formatted(user, group, writable);
  }

  private static List<Piece> guards(FoundTenant tenant, Path state) {
    String content =
        """
        # Written by 'uplift host prepare'. While a file named after a unit is there, an upgrade has stopped the unit,
        # and neither a person nor a reboot may start it.
        [Unit]
        AssertPathExists=!%s/guard/%%N
        """
            .formatted(state.toString().replace("%", "%%"));
    return tenant.units().stream()
        .map(unit -> guardOf(tenant, unit))
        .distinct()
        .<Piece>map(file -> new TextFile(file, content, ""))
        .toList();
  }

  /** A unit acme-api.service also has the drop-ins of acme-.service.d. */
  private static Path guardOf(FoundTenant tenant, FoundUnit unit) {
    String slug = tenant.slug().value();
    String prefix = unit.name().equals(slug) ? slug : slug + "-";
    return UNITS.resolve(prefix + ".service.d").resolve("50-uplift-guard.conf");
  }

  private static String polkitRule(String user, List<String> units) {
    String names =
        units.stream()
            .sorted()
            .map(unit -> "  \"" + unit + ".service\"")
            .collect(Collectors.joining(",\n"));
    return """
        // Written by 'uplift host prepare': lets the worker do to the tenants' units what an upgrade needs, and nothing
        // to any other.
        var UPLIFT_UNITS = [
        %s
        ];
        var UPLIFT_VERBS = ["start", "stop", "restart", "reset-failed"];

        polkit.addRule(function(action, subject) {
          if (action.id == "org.freedesktop.systemd1.manage-units" &&
              subject.user == %s &&
              UPLIFT_UNITS.indexOf(action.lookup("unit")) >= 0 &&
              UPLIFT_VERBS.indexOf(action.lookup("verb")) >= 0) {
            return polkit.Result.YES;
          }
        });
        """
        .formatted(names, WorkerSettings.quoted(user));
  }

  private static List<Piece> api(WorkerSettings settings, HostFacts facts) {
    Path state = Path.of("/var/lib/uplift-api");
    String yaml =
        """
        # Made by 'uplift host prepare --api', which does not touch it again.
        # All settings are in /opt/uplift/docs/api.md.
        uplift:
          database: %s/registry.db
          engine:
            target: %s
        %s"""
            .formatted(
                state,
                WorkerSettings.quoted(settings.engine()),
                settings.insecure() ? "    insecure: true\n" : "");
    return List.of(
        new SystemUser(API_USER, state),
        new Directory(state, API_USER, API_USER, "rwxr-x---"),
        new TextFile(API_SETTINGS, facts.apiSettings().orElse(yaml), ""),
        new TextFile(UNITS.resolve("uplift-api.service"), facts.apiUnit(), ""));
  }

  /** Quoted for a list of words in a unit file. */
  private static String escaped(Path path) {
    return path.toString().replace("\\", "\\\\").replace("\"", "\\\"").replace("%", "%%");
  }
}
