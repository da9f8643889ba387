package dev.uplift.discover;

import static dev.uplift.discover.FleetProposal.comment;

import dev.uplift.profile.yaml.AppName;
import dev.uplift.profile.yaml.FleetText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The profile of an app that nobody described yet, as far as its tenants show it. How a release
 * changes their databases they do not show: that key has no value, so that the file is refused
 * until a person has given it one.
 *
 * @param yaml the entry below {@code apps}
 * @param urls of its health checks
 */
record ProfileProposal(String yaml, List<String> urls) {
  private static final int KEYS = 4;

  static ProfileProposal of(AppName name, List<FoundTenant> tenants) {
    FoundTenant first = tenants.get(0);
    List<String> urls = urls(tenants);
    StringBuilder text = new StringBuilder();
    comment(
        text,
        2,
        "Proposed from "
            + tenants.stream()
                .map(tenant -> tenant.slug().value())
                .limit(3)
                .collect(Collectors.joining(", "))
            + (tenants.size() > 3 ? " and " + (tenants.size() - 3) + " more" : "")
            + ": complete it where it says FILL IN. Leave it out if the app is registered already.");
    text.append("  ").append(FleetText.entry(name.value(), "", 0).replaceFirst(": ''", ":"));
    upstream(text, first);
    key(text, "database", first.database());
    comment(text, KEYS, "In the order in which they start.");
    key(
        text,
        "services",
        first.suffixes().stream()
            .map(suffix -> suffix.isEmpty() ? "{slug}" : "{slug}-" + suffix)
            .toList());
    List<Map<String, Object>> dependencies = dependencies(first.layout());
    if (dependencies.isEmpty()) {
      comment(
          text,
          KEYS,
          "No requirements.txt with a venv was found, and no package.json: is anything installed?");
    } else {
      key(text, "dependencies", dependencies);
    }
    migrations(text, first.layout());
    comment(
        text,
        KEYS,
        "Pages that answer 200 when, and only when, the tenant is healthy. FILL IN better ones.");
    key(text, "health", urls.stream().map(url -> Map.of("url", url)).toList());
    if (first.layout().environmentFile()) {
      key(text, "rehearsal", Map.of("copy", List.of(".env")));
    }
    return new ProfileProposal(text.toString(), urls);
  }

  private static void upstream(StringBuilder text, FoundTenant tenant) {
    String origin = tenant.origin();
    if (origin == null) {
      comment(text, KEYS, "FILL IN where releases come from: upstream: {url: ...}");
      return;
    }
    key(text, "upstream", Map.of("url", origin));
    boolean isWeb = origin.matches("(?i)https?://.*");
    boolean isLocal = origin.startsWith("/") || origin.startsWith("file:");
    if (!isLocal) {
      comment(
          text,
          KEYS,
          "If it asks for it, below upstream: credentials: "
              + (isWeb
                  ? "{token_file: /etc/uplift/TOKEN}"
                  : "{ssh_key: /etc/uplift/KEY, known_hosts: /etc/uplift/known_hosts}"));
    }
  }

  private static List<Map<String, Object>> dependencies(Layout layout) {
    List<Map<String, Object>> sets = new ArrayList<>();
    if (layout.requirements().contains("requirements.txt") && layout.venvs().size() == 1) {
      Map<String, Object> python = new LinkedHashMap<>();
      python.put("type", "python");
      python.put("requirements", "requirements.txt");
      python.put("venv", layout.venvs().get(0));
      sets.add(python);
    }
    for (String project : layout.nodeProjects()) {
      Map<String, Object> node = new LinkedHashMap<>();
      node.put("type", "command");
      node.put(
          "run",
          project.isEmpty() ? List.of("npm", "ci") : List.of("npm", "ci", "--prefix", project));
      node.put("produces", List.of(project.isEmpty() ? "node_modules" : project + "/node_modules"));
      sets.add(node);
    }
    return sets;
  }

  private static void migrations(StringBuilder text, Layout layout) {
    String python = layout.venvs().isEmpty() ? "python3" : layout.venvs().get(0) + "/bin/python";
    comment(text, KEYS, "FILL IN how a release changes the database: {} if none ever does, or");
    comment(text, KEYS, "  run: [" + python + ", manage.py, migrate]");
    comment(text, KEYS, "or one script after the other, each of them harmless when it runs again:");
    comment(text, KEYS, "  run: [" + python + ", \"{script}\"]");
    comment(text, KEYS, "  scripts: [" + String.join(", ", layout.migrationHints()) + "]");
    text.append(" ".repeat(KEYS)).append("migrations:\n");
  }

  private static List<String> urls(List<FoundTenant> tenants) {
    Set<String> names = new LinkedHashSet<>();
    tenants.forEach(tenant -> names.addAll(tenant.ports().keySet()));
    return names.stream().map(name -> "http://127.0.0.1:{" + name + "_port}/").toList();
  }

  private static void key(StringBuilder text, String key, Object value) {
    text.append(FleetText.entry(key, value, KEYS));
  }
}
