package dev.uplift.discover;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A service as it is defined on this host, and what runs of it.
 *
 * @param name without {@code .service}
 * @param definition the file that defines it
 * @param places working directory, programs, arguments and environment files: where it has its
 *     files
 * @param user whom it runs as; null if nobody says
 * @param oneShot whether it does something and ends, as a timer's service does
 * @param triggers what starts it besides a person: timers, sockets
 * @param active whether it runs
 * @param enabled whether it starts with the machine
 * @param portSettings settings of its environment whose names end in {@code PORT}
 * @param commandPorts ports that its command line names
 * @param listening ports on which its processes listen, as far as this user may see them
 */
public record FoundUnit(
    String name,
    Path definition,
    Set<Path> places,
    String user,
    boolean oneShot,
    List<String> triggers,
    boolean active,
    boolean enabled,
    Map<String, Integer> portSettings,
    Set<Integer> commandPorts,
    Set<Integer> listening) {
  public FoundUnit {
    places = Set.copyOf(places);
    triggers = List.copyOf(triggers);
    portSettings = Map.copyOf(portSettings);
    commandPorts = Set.copyOf(commandPorts);
    listening = Set.copyOf(listening);
  }

  /** Those of {@code directories} that it has files in. */
  List<Path> usedOf(Collection<Path> directories) {
    return directories.stream()
        .filter(directory -> places.stream().anyMatch(place -> place.startsWith(directory)))
        .toList();
  }
}
