package dev.uplift.discover;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One unit as {@code systemctl show} prints it: lines of {@code Name=value}, a name more than once
 * where there is more than one.
 */
record SystemctlShow(Map<String, List<String>> properties) {
  static final List<String> PROPERTIES =
      List.of(
          "Id",
          "LoadState",
          "Type",
          "FragmentPath",
          "WorkingDirectory",
          "ExecStart",
          "Environment",
          "EnvironmentFiles",
          "User",
          "ActiveState",
          "UnitFileState",
          "TriggeredBy",
          "MainPID",
          "ControlGroup");
  private static final Pattern ARGUMENTS =
      Pattern.compile("argv\\[]=(.*?) ; ignore_errors=(?:yes|no) ;");
  private static final Pattern ENVIRONMENT_FILE =
      Pattern.compile("(.+?)(?: \\(ignore_errors=(?:yes|no)\\))?");
  private static final Pattern WORD =
      Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"|'([^']*)'|(\\S+)");

  /** All units of an answer; those that could not be loaded are left out. */
  static List<SystemctlShow> parse(String output) {
    List<SystemctlShow> units = new ArrayList<>();
    for (String block : output.split("\n\n+")) {
      Map<String, List<String>> properties = new HashMap<>();
      block
          .lines()
          .filter(line -> line.indexOf('=') > 0)
          .forEach(
              line -> {
                int equals = line.indexOf('=');
                properties
                    .computeIfAbsent(line.substring(0, equals), name -> new ArrayList<>())
                    .add(line.substring(equals + 1));
              });
      SystemctlShow unit = new SystemctlShow(properties);
      if (unit.value("LoadState").equals("loaded") && unit.value("Id").endsWith(".service")) {
        units.add(unit);
      }
    }
    return units;
  }

  String value(String property) {
    List<String> values = properties.getOrDefault(property, List.of());
    return values.isEmpty() ? "" : values.get(0);
  }

  String name() {
    String id = value("Id");
    return id.substring(0, id.length() - ".service".length());
  }

  boolean isOneShot() {
    return value("Type").equals("oneshot");
  }

  boolean isActive() {
    return Set.of("active", "activating", "reloading").contains(value("ActiveState"));
  }

  boolean isEnabled() {
    return value("UnitFileState").startsWith("enabled");
  }

  List<String> triggers() {
    return Arrays.stream(value("TriggeredBy").split(" ")).filter(name -> !name.isBlank()).toList();
  }

  /** The words of every command that starts it. */
  List<String> command() {
    return properties.getOrDefault("ExecStart", List.of()).stream()
        .flatMap(commands -> ARGUMENTS.matcher(commands).results().map(found -> found.group(1)))
        .flatMap(SystemctlShow::words)
        .toList();
  }

  List<Path> environmentFiles() {
    return properties.getOrDefault("EnvironmentFiles", List.of()).stream()
        .map(ENVIRONMENT_FILE::matcher)
        .filter(Matcher::matches)
        .flatMap(found -> absolute(found.group(1)))
        .toList();
  }

  /** Settings that stand in the unit itself, a {@code KEY=value} each. */
  Stream<String> environment() {
    return properties.getOrDefault("Environment", List.of()).stream().flatMap(SystemctlShow::words);
  }

  /** Every absolute path by which it names its files. */
  Set<Path> places() {
    Set<Path> places = new LinkedHashSet<>();
    // A directory that may be missing is marked.
    absolute(value("WorkingDirectory").replaceFirst("^[!-]", "")).forEach(places::add);
    for (String word : command()) {
      absolute(word).forEach(places::add);
      absolute(word.substring(word.indexOf('=') + 1)).forEach(places::add);
    }
    places.addAll(environmentFiles());
    return places;
  }

  private static Stream<Path> absolute(String text) {
    return text.startsWith("/") && text.indexOf('\0') < 0
        ? Stream.of(Path.of(text).normalize())
        : Stream.empty();
  }

  private static Stream<String> words(String text) {
    return WORD.matcher(text)
        .results()
        .map(
            word ->
                word.group(1) != null
                    ? word.group(1).replaceAll("\\\\(.)", "$1")
                    : word.group(2) != null ? word.group(2) : word.group(3));
  }
}
