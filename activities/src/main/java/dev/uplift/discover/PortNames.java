package dev.uplift.discover;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The ports of a tenant by name: a unit's port is called as the unit is beyond the slug. Where a
 * process listens is believed before what a setting says.
 *
 * @param listening those on which a process of the tenant listens now
 * @param notes what a person should look at
 */
record PortNames(Map<String, Integer> ports, Set<Integer> listening, List<String> notes) {
  private static final String OF_THE_ONLY_SERVICE = "http";

  /** {@code api} for the unit {@code acme-api} of {@code acme}. */
  static String nameFor(String suffix) {
    return suffix.isEmpty() ? OF_THE_ONLY_SERVICE : suffix.replace('-', '_');
  }

  /**
   * @param suffixes what each unit is called beyond the slug
   * @param shared settings that all its units read, those of {@code .env}
   */
  static PortNames of(List<FoundUnit> units, List<String> suffixes, Map<String, Integer> shared) {
    Map<String, Integer> ports = new LinkedHashMap<>();
    Set<Integer> listening = new TreeSet<>();
    List<String> notes = new ArrayList<>();
    for (int i = 0; i < units.size(); i++) {
      FoundUnit unit = units.get(i);
      String name = nameFor(suffixes.get(i));
      listening.addAll(unit.listening());
      Map<String, Integer> settings = new TreeMap<>(shared);
      settings.putAll(unit.portSettings());
      Optional<Map.Entry<String, Integer>> declared = declared(unit, name, settings, units.size());
      portOf(unit, declared, settings, notes).ifPresent(port -> ports.put(name, port));
    }
    for (FoundUnit unit : units) {
      Map<String, Integer> settings = new TreeMap<>(shared);
      settings.putAll(unit.portSettings());
      settings.forEach(
          (setting, port) -> {
            String name = PortSettings.nameOf(setting);
            if (!name.isEmpty() && unit.listening().contains(port) && !ports.containsValue(port)) {
              ports.putIfAbsent(name, port);
            }
          });
    }
    return new PortNames(ports, listening, notes);
  }

  private static Optional<Map.Entry<String, Integer>> declared(
      FoundUnit unit, String name, Map<String, Integer> settings, int units) {
    Optional<Map.Entry<String, Integer>> named =
        settings.entrySet().stream()
            .filter(setting -> PortSettings.nameOf(setting.getKey()).equals(name))
            .findFirst();
    if (named.isPresent()) {
      return named;
    }
    // PORT alone is the unit's own if it stands there, and anybody's if all read it.
    Map<String, Integer> own = units == 1 ? settings : unit.portSettings();
    Optional<Map.Entry<String, Integer>> plain =
        own.entrySet().stream()
            .filter(setting -> PortSettings.nameOf(setting.getKey()).isEmpty())
            .findFirst();
    if (plain.isPresent() || unit.commandPorts().size() != 1) {
      return plain;
    }
    return Optional.of(Map.entry("its command", unit.commandPorts().iterator().next()));
  }

  private static Optional<Integer> portOf(
      FoundUnit unit,
      Optional<Map.Entry<String, Integer>> declared,
      Map<String, Integer> settings,
      List<String> notes) {
    Set<Integer> listening = unit.listening();
    if (listening.isEmpty()) {
      return declared.map(Map.Entry::getValue);
    }
    if (declared.isPresent() && listening.contains(declared.get().getValue())) {
      return declared.map(Map.Entry::getValue);
    }
    Set<Integer> unnamed = new TreeSet<>(listening);
    unnamed.removeAll(settings.values());
    Set<Integer> candidates = unnamed.isEmpty() ? new TreeSet<>(listening) : unnamed;
    int port = candidates.iterator().next();
    if (candidates.size() > 1) {
      notes.add(unit.name() + " listens on several ports: " + new TreeSet<>(listening));
    }
    declared.ifPresent(
        setting ->
            notes.add(
                unit.name()
                    + " listens on "
                    + port
                    + ", but "
                    + setting.getKey()
                    + " says "
                    + setting.getValue()));
    return Optional.of(port);
  }
}
