package dev.uplift.discover;

import dev.uplift.service.UnitName;
import dev.uplift.tenant.Slug;
import java.util.Arrays;
import java.util.List;

/**
 * The id of a tenant, from what its units and its directory are called: a unit is {@code {slug}} or
 * {@code {slug}-name}.
 *
 * @param suffixes what each unit is called beyond the slug, {@code ""} for nothing, in the order of
 *     the units
 * @param note what a person should look at; null if there is nothing
 */
record Naming(Slug slug, List<String> suffixes, String note) {

  /**
   * @param units at least one
   * @throws IllegalArgumentException saying why no slug fits
   */
  static Naming of(String directory, List<String> units) {
    for (String unit : units) {
      requireUnitName(unit);
    }
    if (units.stream().allMatch(unit -> isOf(directory, unit))) {
      return named(directory, units, null);
    }
    String common = commonWords(units);
    if (common.isEmpty()) {
      throw new IllegalArgumentException(
          "its units "
              + String.join(", ", units)
              + " do not begin with one name: Uplift needs {slug} or {slug}-name, like acme-api");
    }
    boolean alone = units.size() == 1;
    int dash = common.lastIndexOf('-');
    String slug = alone && dash > 0 ? common.substring(0, dash) : common;
    String note =
        alone && dash > 0
            ? "only its unit "
                + units.get(0)
                + " tells its id, which may be "
                + slug
                + " or "
                + common
                + ", since its directory is called "
                + directory
            : "its units say that it is " + slug + ", its directory is called " + directory;
    return named(slug, units, note);
  }

  private static Naming named(String slug, List<String> units, String note) {
    List<String> suffixes =
        units.stream()
            .map(unit -> unit.equals(slug) ? "" : unit.substring(slug.length() + 1))
            .toList();
    return new Naming(Slug.of(slug), suffixes, note);
  }

  private static void requireUnitName(String unit) {
    try {
      new UnitName(unit);
    } catch (IllegalArgumentException odd) {
      throw new IllegalArgumentException(
          "its unit "
              + unit
              + (unit.contains("@")
                  ? " is an instance of a template; Uplift manages units of their own"
                  : " has a name that Uplift does not take: only a-z, 0-9 and '-', at most 63"),
          odd);
    }
  }

  /** Whether a unit is called as those of a tenant are. */
  static boolean isOf(String slug, String unit) {
    return unit.equals(slug) || unit.startsWith(slug + "-");
  }

  private static String commonWords(List<String> units) {
    List<String> common = words(units.get(0));
    for (String unit : units) {
      List<String> words = words(unit);
      int length = 0;
      while (length < Math.min(common.size(), words.size())
          && common.get(length).equals(words.get(length))) {
        length++;
      }
      common = common.subList(0, length);
    }
    return String.join("-", common);
  }

  private static List<String> words(String unit) {
    return Arrays.asList(unit.split("-", -1));
  }
}
