package dev.uplift.profile.yaml;

import dev.uplift.profile.AppProfile;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Reads {@code fleet.yml}. Its form is described in {@code docs/fleet.md}. */
public final class FleetFile {
  private record Document(
      Map<String, HostEntry> hosts,
      Map<String, AppProfile> apps,
      Map<String, TenantEntry> tenants) {}

  private final StrictDocument document;

  private FleetFile(StrictDocument document) {
    this.document = document;
  }

  /**
   * @throws DocumentException naming line and key of the first thing that is wrong
   */
  public static Fleet read(String yaml) {
    return read("fleet.yml", yaml);
  }

  /**
   * @param source what errors call the file
   */
  public static Fleet read(String source, String yaml) {
    return new FleetFile(StrictYaml.read(source, yaml)).fleet();
  }

  private Fleet fleet() {
    Document read = document.bind(Document.class);
    List<Host> hosts =
        named("hosts", read.hosts(), HostName::of, (name, entry) -> entry.named(name));
    Map<AppName, AppProfile> apps = new LinkedHashMap<>();
    named("apps", read.apps(), AppName::of, apps::put);
    List<Tenant> tenants =
        named("tenants", read.tenants(), Slug::of, (id, entry) -> entry.named(id));
    return new Fleet(hosts, Collections.unmodifiableMap(apps), tenants);
  }

  private <N, E, T> List<T> named(
      String section, Map<String, E> entries, Function<String, N> name, BiFunction<N, E, T> make) {
    List<T> made = new ArrayList<>();
    (entries == null ? Map.<String, E>of() : entries)
        .forEach(
            (key, entry) -> {
              try {
                made.add(make.apply(name.apply(key), entry));
              } catch (IllegalArgumentException refused) {
                throw document.refuse(List.of(section, key), refused.getMessage());
              }
            });
    return made;
  }
}
