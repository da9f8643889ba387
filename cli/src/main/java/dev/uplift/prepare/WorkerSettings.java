package dev.uplift.prepare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
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
    Set<String> roles, String name, List<Path> roots, Path state, EngineSettings engine) {
  static final Path STATE = Path.of("/var/lib/uplift");

  /** Where it has its own copies of certificates and keys. */
  static final Path KEYS = Path.of("/etc/uplift/worker");

  WorkerSettings {
    roles = new TreeSet<>(roles);
    roots = List.copyOf(roots);
  }

  /** Reads them as the worker does, in whichever way they are written. */
  static WorkerSettings parse(String file, String yaml) {
    return read(
        file,
        yaml,
        settings ->
            new WorkerSettings(
                Set.copyOf(
                    settings
                        .bind("uplift.roles", Bindable.listOf(String.class))
                        .orElse(List.of("workflows", "host"))),
                settings.bind("uplift.host.name", String.class).orElse(null),
                settings.bind("uplift.host.roots", Bindable.listOf(Path.class)).orElse(List.of()),
                settings.bind("uplift.host.state", Path.class).orElse(STATE),
                EngineSettings.parse(settings)));
  }

  /**
   * @throws Refused naming the file, if it is malformed
   */
  static <T> T read(String file, String yaml, Function<Binder, T> settings) {
    try {
      List<PropertySource<?>> sources =
          new YamlPropertySourceLoader()
              .load(file, new ByteArrayResource(yaml.getBytes(StandardCharsets.UTF_8), file));
      return settings.apply(new Binder(ConfigurationPropertySources.from(sources)));
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
    return yaml.append(engine.yaml()).toString();
  }

  /** Why a file is left alone. */
  static Refused changedBySomebody(Path file, String differences) {
    return new Refused(
        file
            + " was changed by somebody, so it is left alone, but it differs from what was asked:"
            + differences
            + "\nChange it there, or leave these options out.");
  }

  /** A line of the differences. */
  static String difference(String setting, Object is, Object asked) {
    return "\n  " + setting + " is " + is + ", asked was " + asked;
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
