package dev.uplift.discover;

import dev.uplift.service.UnitDefinition;
import dev.uplift.service.UnitProcesses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The services that Uplift's own process manager runs, from their definitions. */
public final class DefinedUnits implements UnitSource {
  private static final String SUFFIX = ".yml";
  private final Path definitions;

  /**
   * @param definitions the directory with a {@code UNIT.yml} each
   */
  public DefinedUnits(Path definitions) {
    this.definitions = definitions;
  }

  @Override
  public List<FoundUnit> units() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(definitions)) {
      files = all.filter(file -> file.toString().endsWith(SUFFIX)).sorted().toList();
    }
    List<FoundUnit> units = new ArrayList<>();
    for (Path file : files) {
      try {
        units.add(found(file, UnitDefinition.read(file)));
      } catch (IllegalArgumentException malformed) {
        throw new IOException(file + " cannot be read: " + malformed.getMessage(), malformed);
      }
    }
    return units;
  }

  private static FoundUnit found(Path file, UnitDefinition definition) {
    String fileName = file.getFileName().toString();
    String unit = fileName.substring(0, fileName.length() - SUFFIX.length());
    Set<Path> places = new LinkedHashSet<>();
    places.add(definition.workingDirectory().normalize());
    List<String> words = definition.resolvedWords();
    words.stream()
        .filter(word -> word.startsWith("/"))
        .map(word -> Path.of(word).normalize())
        .forEach(places::add);
    Map<String, Integer> settings = new TreeMap<>();
    if (definition.environmentFile() != null) {
      Path environment = definition.workingDirectory().resolve(definition.environmentFile());
      places.add(environment.normalize());
      try {
        settings.putAll(PortSettings.ofFile(environment));
      } catch (IOException absentOrDenied) {
        settings.clear();
      }
    }
    settings.putAll(
        PortSettings.of(
            definition.environment().entrySet().stream()
                .map(setting -> setting.getKey() + "=" + setting.getValue())));
    Set<Long> processes = UnitProcesses.ofUnit(unit, definition.workingDirectory());
    return new FoundUnit(
        unit,
        file,
        RealPaths.of(places),
        null,
        false,
        List.of(),
        !processes.isEmpty(),
        false,
        settings,
        PortSettings.ofCommand(words),
        ListeningPorts.of(processes));
  }
}
