package dev.uplift.profile;

import dev.uplift.tenant.Tenant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Fills {@code {slug}}, {@code {api_port}} and {@code {script}} into the words of a profile. */
public final class Placeholders {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{([a-z0-9_]+)}");
  private final Map<String, String> values;

  private Placeholders(Map<String, String> values) {
    this.values = values;
  }

  public static Placeholders of(Tenant tenant) {
    Map<String, String> values = new HashMap<>();
    values.put("slug", tenant.id().value());
    tenant.ports().forEach((name, port) -> values.put(name + "_port", Integer.toString(port)));
    return new Placeholders(values);
  }

  public Placeholders withScript(String script) {
    Map<String, String> more = new HashMap<>(values);
    more.put("script", script);
    return new Placeholders(more);
  }

  /**
   * {@code template} with every placeholder filled in.
   *
   * @throws IllegalArgumentException if one has no value, for instance a port that the tenant does
   *     not declare
   */
  public String fill(String template) {
    Matcher matcher = PLACEHOLDER.matcher(template);
    StringBuilder filled = new StringBuilder();
    while (matcher.find()) {
      String value = values.get(matcher.group(1));
      if (value == null) {
        throw new IllegalArgumentException(
            "'" + template + "' needs " + matcher.group() + ", which this tenant does not have");
      }
      matcher.appendReplacement(filled, Matcher.quoteReplacement(value));
    }
    return matcher.appendTail(filled).toString();
  }

  public List<String> fill(List<String> words) {
    return words.stream().map(this::fill).toList();
  }
}
