package dev.uplift.prepare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;

/**
 * The settings of a worker that are decided when its machine is prepared.
 *
 * @param name of the host; null on a machine without tenants
 * @param roots none on a machine without tenants
 */
record WorkerSettings(
    Set<String> roles, String name, List<Path> roots, Path state, String engine, boolean insecure) {
  static final Path STATE = Path.of("/var/lib/uplift");
  static final String ENGINE = "127.0.0.1:7233";

  WorkerSettings {
    roles = new TreeSet<>(roles);
    roots = List.copyOf(roots);
  }

  /** Reads them as the worker does, in whichever way they are written. */
  static WorkerSettings parse(String file, String yaml) {
    try {
      List<PropertySource<?>> sources =
          new YamlPropertySourceLoader()
              .load(file, new ByteArrayResource(yaml.getBytes(StandardCharsets.UTF_8), file));
      Binder settings = new Binder(ConfigurationPropertySources.from(sources));
      return new WorkerSettings(
          Set.copyOf(
              settings
                  .bind("uplift.roles", Bindable.listOf(String.class))
                  .orElse(List.of("workflows", "host"))),
          settings.bind("uplift.host.name", String.class).orElse(null),
          settings.bind("uplift.host.roots", Bindable.listOf(Path.class)).orElse(List.of()),
          settings.bind("uplift.host.state", Path.class).orElse(STATE),
          settings.bind("uplift.engine.target", String.class).orElse(ENGINE),
          settings.bind("uplift.engine.insecure", Boolean.class).orElse(false));
    } catch (IOException | RuntimeException malformed) {
      throw new Refused(file + " cannot be read: " + malformed.getMessage(), malformed);
    }
  }

  boolean hasTenants() {
    return !roots.isEmpty();
  }

  String yaml() {
    StringBuilder yaml = new StringBuilder();
    yaml.append(
        "# Made by 'uplift host prepare', which leaves it alone once somebody changed it.\n");
    yaml.append("# All settings are in /opt/uplift/docs/host.md.\n");
    yaml.append("uplift:\n");
    yaml.append("  roles: [").append(String.join(", ", roles)).append("]\n");
    if (hasTenants()) {
      yaml.append("  host:\n");
      yaml.append("    name: ").append(quoted(name)).append('\n');
      yaml.append("    roots: ").append(quoted(roots)).append('\n');
      yaml.append("    state: ").append(quoted(state.toString())).append('\n');
    }
    yaml.append("  engine:\n");
    yaml.append("    target: ").append(quoted(engine)).append('\n');
    if (insecure) {
      yaml.append("    insecure: true\n");
    }
    return yaml.toString();
  }

  private static String quoted(List<Path> paths) {
    return paths.stream()
        .map(path -> quoted(path.toString()))
        .collect(java.util.stream.Collectors.joining(", ", "[", "]"));
  }

  /** JSON's quoting is YAML's too. */
  static String quoted(String text) {
    try {
      return new ObjectMapper().writeValueAsString(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
