package dev.uplift.discover;

import dev.uplift.discover.Found.LeftOut;
import dev.uplift.profile.Placeholders;
import dev.uplift.profile.yaml.AppName;
import dev.uplift.profile.yaml.FleetText;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Tenant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The fleet file of what was found. Tenants of the app that comes with Uplift can be applied as
 * they stand there; for any other app a profile is proposed, which a person has to complete.
 *
 * @param leftOut what is in the file as a comment only
 */
public record FleetProposal(String yaml, List<FoundTenant> tenants, List<LeftOut> leftOut) {

  /** Tenants that would have one profile. */
  private record Kind(String origin, String database, List<String> suffixes) {}

  /**
   * @param host the name of this host
   * @param app the name of the tenants' app; null if Uplift may choose one
   */
  public static FleetProposal of(Found found, HostName host, AppName app) {
    Writer writer = new Writer(host, found.leftOut());
    Map<Kind, List<FoundTenant>> unknown = new LinkedHashMap<>();
    for (FoundTenant tenant : found.tenants()) {
      boolean isKnown =
          app == null ? KnownApp.CBAPP.fits(tenant) : app.equals(KnownApp.CBAPP.name());
      if (isKnown) {
        writer.addKnown(tenant);
      } else {
        Kind kind = new Kind(tenant.origin(), tenant.database(), tenant.suffixes());
        unknown.computeIfAbsent(kind, first -> new ArrayList<>()).add(tenant);
      }
    }
    Set<AppName> taken = new LinkedHashSet<>(Set.of(KnownApp.CBAPP.name()));
    unknown.forEach(
        (kind, tenants) -> {
          AppName name = free(app == null ? nameOf(kind.origin()) : app, taken);
          taken.add(name);
          writer.addProposed(name, tenants);
        });
    return new FleetProposal(writer.text(found.tenants()), writer.tenants(), writer.leftOut);
  }

  private static AppName nameOf(String origin) {
    String last =
        origin == null ? "" : origin.replaceFirst("/+$", "").replaceFirst("(?s).*[/:]", "");
    String plain =
        last.replaceFirst("\\.git$", "")
            .toLowerCase(Locale.ROOT)
            .replaceAll("[^a-z0-9]+", "-")
            .replaceFirst("^-+", "");
    String name = plain.substring(0, Math.min(25, plain.length())).replaceFirst("-+$", "");
    return AppName.of(name.isEmpty() ? "app" : name);
  }

  private static AppName free(AppName wanted, Set<AppName> taken) {
    AppName name = wanted;
    for (int number = 2; taken.contains(name); number++) {
      name = AppName.of(wanted + "-" + number);
    }
    return name;
  }

  private static final class Writer {
    private final HostName host;
    private final List<LeftOut> leftOut;
    private final StringBuilder apps = new StringBuilder();
    private final Map<FoundTenant, String> entries = new LinkedHashMap<>();

    Writer(HostName host, List<LeftOut> leftOut) {
      this.host = host;
      this.leftOut = new ArrayList<>(leftOut);
    }

    void addKnown(FoundTenant tenant) {
      KnownApp app = KnownApp.CBAPP;
      add(tenant, app.name(), app.profile().health().stream().map(check -> check.url()).toList());
    }

    void addProposed(AppName name, List<FoundTenant> tenants) {
      ProfileProposal profile = ProfileProposal.of(name, tenants);
      boolean isUsed = false;
      for (FoundTenant tenant : tenants) {
        isUsed |= add(tenant, name, profile.urls());
      }
      if (isUsed) {
        apps.append(profile.yaml());
      }
    }

    private boolean add(FoundTenant found, AppName app, List<String> urls) {
      try {
        Tenant tenant = KnownApp.tenant(found, app, host);
        Map<String, Object> fields = FleetText.fields(tenant);
        requirePorts(tenant, urls);
        entries.put(found, FleetText.entry(tenant.id().value(), fields, 2));
        return true;
      } catch (IllegalArgumentException unfit) {
        leftOut.add(new LeftOut(found.path(), unfit.getMessage()));
        return false;
      }
    }

    private static void requirePorts(Tenant tenant, List<String> urls) {
      try {
        Placeholders placeholders = Placeholders.of(tenant);
        urls.forEach(placeholders::fill);
      } catch (IllegalArgumentException unknown) {
        throw new IllegalArgumentException(
            unknown.getMessage()
                + ": no setting names it, and nobody was seen listening; start its services, and run"
                + " this as root",
            unknown);
      }
    }

    List<FoundTenant> tenants() {
      return List.copyOf(entries.keySet());
    }

    String text(List<FoundTenant> order) {
      StringBuilder text = new StringBuilder();
      comment(text, 0, "Written by 'uplift discover'. Nothing was changed on this host.");
      ownersOf(entries.keySet()).ifPresent(told -> comment(text, 0, told));
      text.append("hosts:\n").append(FleetText.entry(host.value(), Map.of(), 2));
      if (!apps.isEmpty()) {
        text.append("\napps:\n").append(apps);
      }
      if (!entries.isEmpty()) {
        text.append("\ntenants:\n");
      }
      for (FoundTenant tenant : order) {
        if (entries.containsKey(tenant)) {
          tenant.notes().forEach(note -> comment(text, 2, note));
          text.append(entries.get(tenant));
        }
      }
      if (!leftOut.isEmpty()) {
        text.append('\n');
        comment(text, 0, "Left out:");
        leftOut.forEach(left -> comment(text, 0, "- " + left.path() + ": " + left.reason()));
      }
      return text.toString();
    }

    private static Optional<String> ownersOf(Set<FoundTenant> tenants) {
      Map<String, Integer> owners = new TreeMap<>();
      tenants.forEach(tenant -> owners.merge(tenant.owner(), 1, Integer::sum));
      return owners.size() < 2
          ? Optional.empty()
          : Optional.of(
              "These tenants belong to several users: "
                  + owners
                  + ". Each of them needs a worker with a host name of its own.");
    }
  }

  static void comment(StringBuilder text, int indent, String said) {
    // What is said may hold the name of a file, which may hold anything.
    String line = said.replaceAll("[\\p{Cntrl}\\u0085\\u2028\\u2029]+", " ");
    text.append(" ".repeat(indent)).append("# ").append(line).append('\n');
  }
}
