package dev.uplift.discover;

import dev.uplift.discover.Found.LeftOut;
import dev.uplift.tenant.Slug;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Decides, from what was read, which tenants there are and what keeps others from being some. */
final class Takeover {
  private final Collection<CheckoutFacts> checkouts;
  private final List<FoundUnit> units;
  private final String knownDatabase;
  private final List<LeftOut> leftOut = new ArrayList<>();
  private final List<Candidate> candidates = new ArrayList<>();

  /**
   * A directory that is not a checkout of its own.
   *
   * @param isBroken whether it was meant to be one; any other only matters if a service uses it
   */
  record NoCheckout(Path path, String reason, boolean isBroken) {}

  private record Candidate(FoundTenant tenant, Set<Integer> listening) {
    boolean listensOnAllOfItsPorts() {
      return listening.containsAll(tenant.ports().values());
    }
  }

  private Takeover(
      Collection<CheckoutFacts> checkouts, List<FoundUnit> units, String knownDatabase) {
    this.checkouts = checkouts;
    this.units = units;
    this.knownDatabase = knownDatabase;
  }

  /**
   * @param knownDatabase where the app that comes with Uplift has its database
   */
  static Found of(
      Collection<CheckoutFacts> checkouts,
      Collection<NoCheckout> others,
      List<FoundUnit> units,
      String knownDatabase) {
    Takeover takeover = new Takeover(checkouts, units, knownDatabase);
    checkouts.forEach(takeover::judge);
    others.forEach(takeover::judge);
    List<FoundTenant> tenants = takeover.withoutConflicts();
    takeover.leftOut.sort(Comparator.comparing(LeftOut::path));
    return new Found(tenants, takeover.leftOut);
  }

  private void judge(NoCheckout other) {
    List<String> using =
        units.stream()
            .filter(unit -> !unit.usedOf(List.of(other.path())).isEmpty())
            .map(FoundUnit::name)
            .toList();
    if (!using.isEmpty()) {
      leftOut.add(
          new LeftOut(other.path(), other.reason() + "; used by " + String.join(", ", using)));
    } else if (other.isBroken()) {
      leftOut.add(new LeftOut(other.path(), other.reason()));
    }
  }

  private void judge(CheckoutFacts checkout) {
    List<FoundUnit> own = new ArrayList<>();
    List<String> strangers = new ArrayList<>();
    List<String> notes = new ArrayList<>(checkout.trouble());
    for (FoundUnit unit : units) {
      List<Path> used = usedCheckouts(unit);
      if (!used.contains(checkout.path())) {
        continue;
      }
      if (unit.oneShot()) {
        notes.add(
            unit.name()
                + " does something and ends; it is not stopped for an upgrade, so it must not write"
                + " to the database meanwhile");
      } else if (used.size() == 1) {
        own.add(unit);
      } else if (checkout.path().equals(namesake(unit, used))) {
        own.add(unit);
        notes.add("its unit " + unit.name() + " uses several checkouts: " + joined(used));
      } else {
        strangers.add("the unit " + unit.name() + " uses several checkouts: " + joined(used));
        notes.add(
            unit.name()
                + " uses several checkouts and is not called as this one's units: it is not stopped"
                + " for an upgrade, so it must not write to the database meanwhile");
      }
    }
    if (own.isEmpty()) {
      leaveOut(
          checkout,
          strangers.isEmpty()
              ? "no service has its working directory, program or environment file here"
              : "no service is of this checkout alone, or called as it is; "
                  + String.join("; ", strangers));
      return;
    }
    try {
      take(checkout, own, notes);
    } catch (IllegalArgumentException unfit) {
      leaveOut(checkout, unfit.getMessage());
    }
  }

  private List<Path> usedCheckouts(FoundUnit unit) {
    return unit.usedOf(checkouts.stream().map(CheckoutFacts::path).toList());
  }

  /**
   * Whose unit it is of those whose files it uses, by its name; null if it is nobody's. Anybody can
   * write a unit that names the directories of others, and they must not lose their own by it.
   */
  private Path namesake(FoundUnit unit, List<Path> used) {
    return used.stream()
        .filter(path -> Naming.isOf(nameOf(path), unit.name()))
        .max(Comparator.comparingInt(path -> nameOf(path).length()))
        .orElse(null);
  }

  /** What a checkout is called by the units that use it alone, else by its directory. */
  private String nameOf(Path checkout) {
    String directory = checkout.getFileName().toString();
    List<String> alone =
        units.stream()
            .filter(unit -> !unit.oneShot() && usedCheckouts(unit).equals(List.of(checkout)))
            .map(FoundUnit::name)
            .toList();
    if (alone.isEmpty()) {
      return directory;
    }
    try {
      return Naming.of(directory, alone).slug().value();
    } catch (IllegalArgumentException odd) {
      return directory;
    }
  }

  private void take(CheckoutFacts checkout, List<FoundUnit> own, List<String> notes) {
    List<String> names = own.stream().map(FoundUnit::name).toList();
    Naming naming = Naming.of(checkout.path().getFileName().toString(), names);
    Optional.ofNullable(naming.note()).ifPresent(notes::add);
    String database = database(checkout, notes);
    PortNames ports = PortNames.of(own, naming.suffixes(), checkout.portSettings());
    notes.addAll(ports.notes());
    notes.addAll(lookedAt(checkout, own));
    FoundTenant tenant =
        new FoundTenant(
            naming.slug(),
            checkout.path(),
            checkout.owner(),
            checkout.version(),
            checkout.origin(),
            own,
            naming.suffixes(),
            database,
            ports.ports(),
            checkout.layout(),
            notes);
    candidates.add(new Candidate(tenant, ports.listening()));
  }

  private String database(CheckoutFacts checkout, List<String> notes) {
    List<String> databases = checkout.databases();
    if (databases.isEmpty()) {
      throw new IllegalArgumentException(
          checkout.trackedDatabases().isEmpty()
              ? "no SQLite database is in it"
              : "git tracks its database "
                  + checkout.trackedDatabases().get(0)
                  + ": a release would overwrite it; take it out with 'git rm --cached'");
    }
    if (databases.contains(knownDatabase)) {
      return knownDatabase;
    }
    if (databases.size() > 1) {
      notes.add(
          "which of its databases belongs to its version? Taken was the one written last, of "
              + String.join(", ", databases));
    }
    return databases.get(0);
  }

  private static List<String> lookedAt(CheckoutFacts checkout, List<FoundUnit> own) {
    List<String> notes = new ArrayList<>();
    if (!checkout.onRelease()) {
      notes.add("it is at " + checkout.version() + ", which is no release");
    }
    if (!checkout.changed().isEmpty()) {
      notes.add(
          "tracked files were changed, which refuses an upgrade: " + some(checkout.changed()));
    }
    if (checkout.origin() == null) {
      notes.add("it has no origin, so its app needs an upstream");
    }
    if (checkout.secretInOrigin()) {
      notes.add(
          "its origin carries a user or password, which was left out here: put it into a file and"
              + " name that in upstream.credentials");
    }
    for (FoundUnit unit : own) {
      if (!unit.active()) {
        notes.add(unit.name() + " does not run");
      }
      if (unit.user() != null && !unit.user().equals(checkout.owner())) {
        notes.add(
            unit.name()
                + " runs as "
                + unit.user()
                + ", the checkout belongs to "
                + checkout.owner());
      }
      if (!unit.triggers().isEmpty()) {
        notes.add(unit.name() + " is also started by " + String.join(", ", unit.triggers()));
      }
    }
    return notes;
  }

  // The registry refuses two tenants with one id or one port. Whoever listens has it.
  private List<FoundTenant> withoutConflicts() {
    List<FoundTenant> order =
        candidates.stream()
            .sorted(
                Comparator.comparing((Candidate candidate) -> !candidate.listensOnAllOfItsPorts())
                    .thenComparing(candidate -> candidate.tenant().slug().value())
                    .thenComparing(candidate -> candidate.tenant().path()))
            .map(Candidate::tenant)
            .toList();
    Map<Slug, FoundTenant> bySlug = new HashMap<>();
    Map<Integer, FoundTenant> byPort = new HashMap<>();
    List<FoundTenant> kept = new ArrayList<>();
    for (FoundTenant tenant : order) {
      Optional<String> conflict = conflict(tenant, bySlug, byPort);
      if (conflict.isPresent()) {
        leftOut.add(new LeftOut(tenant.path(), conflict.get()));
        continue;
      }
      kept.add(tenant);
      bySlug.put(tenant.slug(), tenant);
      tenant.ports().values().forEach(port -> byPort.put(port, tenant));
    }
    kept.sort(Comparator.comparing(tenant -> tenant.slug().value()));
    return kept;
  }

  private static Optional<String> conflict(
      FoundTenant tenant, Map<Slug, FoundTenant> bySlug, Map<Integer, FoundTenant> byPort) {
    FoundTenant same = bySlug.get(tenant.slug());
    if (same != null) {
      return Optional.of("its id would be " + tenant.slug() + ", as that of " + same.path());
    }
    return tenant.ports().entrySet().stream()
        .filter(port -> byPort.containsKey(port.getValue()))
        .map(
            port ->
                "its port "
                    + port.getKey()
                    + " would be "
                    + port.getValue()
                    + ", as that of "
                    + byPort.get(port.getValue()).path())
        .findFirst()
        .or(() -> twoOfOne(tenant.ports()));
  }

  private static Optional<String> twoOfOne(Map<String, Integer> ports) {
    return new TreeSet<>(ports.values()).size() == ports.size()
        ? Optional.empty()
        : Optional.of("two of its units would have one port: " + ports);
  }

  private void leaveOut(CheckoutFacts checkout, String reason) {
    leftOut.add(new LeftOut(checkout.path(), reason));
  }

  private static String joined(List<Path> paths) {
    return String.join(", ", paths.stream().map(Path::toString).toList());
  }

  private static String some(List<String> names) {
    return names.size() <= 3
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, 3)) + " and " + (names.size() - 3) + " more";
  }
}
