package dev.uplift.prepare;

import dev.uplift.discover.Found.LeftOut;
import dev.uplift.discover.FoundTenant;
import dev.uplift.discover.FoundUnit;
import dev.uplift.prepare.HostFacts.Root;
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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
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
  static WorkerSettings settings(
      Request request, Optional<String> existing, Supplier<String> machineName) {
    Optional<WorkerSettings> is =
        existing.map(yaml -> WorkerSettings.parse(WORKER_SETTINGS.toString(), yaml));
    // Whoever adds a root must not take the others away.
    List<Path> roots =
        Stream.concat(
                is.map(WorkerSettings::roots).stream().flatMap(List::stream),
                request.roots().stream())
            .distinct()
            .toList();
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
                    .orElseGet(machineName),
            roots,
            is.map(WorkerSettings::state).orElse(WorkerSettings.STATE),
            is.map(WorkerSettings::engine)
                .orElse(EngineSettings.DEFAULT)
                .with(request.engine(), WorkerSettings.KEYS));
    if (is.isPresent() && !is.get().equals(settings) && !existing.get().equals(is.get().yaml())) {
      throw WorkerSettings.changedBySomebody(WORKER_SETTINGS, differences(is.get(), settings));
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
    values.forEach(
        (key, pair) -> {
          if (!pair.get(0).equals(pair.get(1))) {
            differences.append(WorkerSettings.difference(key, pair.get(0), pair.get(1)));
          }
        });
    return differences.append(is.engine().differences(asked.engine())).toString();
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
    pieces.add(new SettingsFile(WORKER_SETTINGS, workerSettings(settings, facts), user, group));
    pieces.addAll(
        engineFiles(settings.engine(), request.engine(), WorkerSettings.KEYS, user, group));
    pieces.add(new TextFile(UNITS.resolve("uplift-worker.service"), facts.workerUnit(), ""));
    pieces.add(
        new TextFile(WORKER_DROP_IN, workerDropIn(user, group, settings), "runs as " + user));

    List<FoundTenant> tenants = tenantsOf(user, facts);
    PolkitRule rule = rule(user, tenants, request.remove(), facts, notes);
    List<String> units = List.copyOf(rule.units());
    pieces.add(
        new TextFile(
            POLKIT_RULE, rule.text(), units.isEmpty() ? "no units yet" : String.join(", ", units)));
    List<Loaded> loaded = new ArrayList<>();
    loaded.add(new Loaded("uplift-worker", Set.of(WORKER_DROP_IN)));
    for (FoundTenant tenant : tenants) {
      pieces.addAll(guards(tenant, settings.state()));
      tenant
          .units()
          .forEach(unit -> loaded.add(new Loaded(unit.name(), Set.of(guardOf(tenant, unit)))));
    }
    if (request.api()) {
      pieces.addAll(api(request.engine(), settings, facts));
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

  /**
   * The rule for what was found now and, as long as nobody takes it away, for what it named before:
   * a tenant that is down, or that cannot be read just now, is not found either and needs it most.
   */
  private static PolkitRule rule(
      String user, List<FoundTenant> tenants, boolean remove, HostFacts facts, List<String> notes) {
    SortedSet<String> units = new TreeSet<>();
    Set<String> found = new TreeSet<>();
    for (FoundTenant tenant : tenants) {
      for (FoundUnit unit : tenant.units()) {
        found.add(unit.name());
        if (user.equals(unit.user())) {
          units.add(unit.name());
        } else {
          notes.add(runsAsAnother(tenant, unit, user));
        }
      }
    }
    Optional<PolkitRule> before = facts.allowed();
    for (String unit : before.map(PolkitRule::units).orElse(new TreeSet<>())) {
      // Nobody else's unit, whatever was allowed before: its user could not have been looked at.
      String runsAs = facts.unitUsers().getOrDefault(unit, before.get().user());
      if (!runsAs.equals(user)) {
        notes.add("no longer allowed: " + unit + ", which runs as " + runsAs);
      } else if (found.contains(unit)) {
        continue;
      } else if (facts.guarded().contains(unit)) {
        units.add(unit);
        notes.add("no longer found: " + unit + "; it stays allowed, an upgrade has stopped it");
      } else if (remove) {
        notes.add("no longer allowed: " + unit + ", which was not found");
      } else {
        units.add(unit);
        notes.add("no longer found: " + unit + "; it stays allowed until --remove is given");
      }
    }
    return new PolkitRule(user, units);
  }

  private static String runsAsAnother(FoundTenant tenant, FoundUnit unit, String user) {
    return unit.name()
        + " of "
        + tenant.slug()
        + " runs as "
        + unit.user()
        + ", so the worker may not restart it: whoever can write to the tenant's files would"
        + " command that user. Set User="
        + user
        + " in the unit, run 'systemctl daemon-reload', and repeat this";
  }

  private static List<Piece> api(EngineRequest asked, WorkerSettings worker, HostFacts facts) {
    ApiSettings settings = ApiSettings.of(asked, facts.apiSettings(), worker.engine());
    // What says the same already stays as somebody has written it.
    String yaml =
        facts
            .apiSettings()
            .filter(text -> ApiSettings.parse(API_SETTINGS.toString(), text).equals(settings))
            .orElseGet(settings::yaml);
    EngineRequest given = facts.apiSettings().isPresent() ? asked : asked.elseAs(worker.engine());
    List<Piece> pieces = new ArrayList<>();
    pieces.add(new SystemUser(API_USER, ApiSettings.STATE));
    pieces.add(new Directory(ApiSettings.STATE, API_USER, API_USER, "rwxr-x---"));
    pieces.add(new SettingsFile(API_SETTINGS, yaml, API_USER, API_USER));
    pieces.addAll(engineFiles(settings.engine(), given, ApiSettings.KEYS, API_USER, API_USER));
    pieces.add(new TextFile(UNITS.resolve("uplift-api.service"), facts.apiUnit(), ""));
    return pieces;
  }

  /** Copies of what was given, and for what was not a look at what the settings name. */
  private static List<Piece> engineFiles(
      EngineSettings settings, EngineRequest given, Path directory, String user, String group) {
    List<Piece> pieces = new ArrayList<>();
    Map<Path, Path> sources = given.copies(directory);
    settings.files().keySet().stream()
        .filter(file -> file.startsWith(directory))
        .forEach(file -> sources.putIfAbsent(file, file));
    if (!sources.isEmpty()) {
      pieces.add(new Directory(directory, "root", group, "rwxr-x---"));
    }
    settings
        .files()
        .forEach(
            (file, isSecret) ->
                pieces.add(
                    sources.containsKey(file)
                        ? new Copy(sources.get(file), file, group)
                        : new Readable(file, isSecret, user, group)));
    return pieces;
  }

  /** Quoted for a list of words in a unit file. */
  private static String escaped(Path path) {
    return path.toString().replace("\\", "\\\\").replace("\"", "\\\"").replace("%", "%%");
  }
}
