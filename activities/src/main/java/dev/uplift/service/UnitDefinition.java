package dev.uplift.service;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.profile.yaml.StrictYaml;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the process manager runs as a unit.
 *
 * @param run program and arguments; a program with a slash in it is looked up from {@code
 *     directory}, any other on the PATH
 * @param directory absolute working directory
 * @param environmentFile lines of KEY=value, added to the environment; null for none
 * @param environment added last
 */
public record UnitDefinition(
    List<String> run,
    String directory,
    @JsonProperty("environment_file") String environmentFile,
    Map<String, String> environment) {
  public UnitDefinition {
    // A first word that begins with a dash would be an option of the program that starts it.
    if (run == null || run.isEmpty() || run.get(0).isBlank() || run.get(0).startsWith("-")) {
      throw new IllegalArgumentException("run: a list of words is needed, the program first");
    }
    run = List.copyOf(run);
    if (directory == null || !directory.startsWith("/")) {
      throw new IllegalArgumentException("directory: an absolute path is needed");
    }
    environment = environment == null ? Map.of() : Map.copyOf(environment);
  }

  public static UnitDefinition read(Path file) throws IOException {
    return StrictYaml.read(file.getFileName().toString(), Files.readString(file))
        .bind(UnitDefinition.class);
  }

  public Path workingDirectory() {
    return Path.of(directory);
  }

  /** The words with the program as an absolute path, unless it is to be found on the PATH. */
  public List<String> resolvedWords() {
    if (!run.get(0).contains("/")) {
      return run;
    }
    List<String> words = new java.util.ArrayList<>(run);
    words.set(0, workingDirectory().resolve(run.get(0)).toString());
    return words;
  }

  /** What the definition adds to the environment that every service gets. */
  Map<String, String> ownEnvironment() throws IOException {
    Map<String, String> own = new TreeMap<>();
    if (environmentFile != null) {
      own.putAll(environmentOf(workingDirectory().resolve(environmentFile)));
    }
    own.putAll(environment);
    return own;
  }

  private static Map<String, String> environmentOf(Path file) throws IOException {
    Map<String, String> values = new TreeMap<>();
    for (String line : Files.readAllLines(file)) {
      String text = line.strip();
      if (text.isEmpty() || text.startsWith("#")) {
        continue;
      }
      int equals = text.indexOf('=');
      if (equals < 1) {
        // The line itself may be a secret, so it is not shown.
        throw new IOException(file + " has a line that is not KEY=value");
      }
      values.put(text.substring(0, equals).strip(), unquoted(text.substring(equals + 1).strip()));
    }
    return values;
  }

  private static String unquoted(String value) {
    boolean quoted =
        value.length() >= 2
            && (value.startsWith("\"") || value.startsWith("'"))
            && value.charAt(0) == value.charAt(value.length() - 1);
    return quoted ? value.substring(1, value.length() - 1) : value;
  }
}
