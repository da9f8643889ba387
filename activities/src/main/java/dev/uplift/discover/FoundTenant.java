package dev.uplift.discover;

import dev.uplift.tenant.Slug;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A tenant that is on this host.
 *
 * @param path the real path of its checkout
 * @param owner the user whom the checkout belongs to
 * @param version as {@code git describe --tags} says it
 * @param origin where it was cloned from, without user or password; null if nobody knows
 * @param units its services, in the order of their names
 * @param suffixes what each unit is called beyond the slug, {@code ""} for nothing
 * @param database its path in the checkout
 * @param ports by name
 * @param notes what a person should look at before the first upgrade
 */
public record FoundTenant(
    Slug slug,
    Path path,
    String owner,
    String version,
    String origin,
    List<FoundUnit> units,
    List<String> suffixes,
    String database,
    Map<String, Integer> ports,
    Layout layout,
    List<String> notes) {
  public FoundTenant {
    units = List.copyOf(units);
    suffixes = List.copyOf(suffixes);
    ports = Collections.unmodifiableMap(new LinkedHashMap<>(ports));
    notes = List.copyOf(notes);
  }
}
