package dev.uplift.discover;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Ports in settings and command lines. Nothing else of an environment is kept: it is full of
 * secrets.
 */
final class PortSettings {
  private static final Pattern SETTING =
      Pattern.compile(
          "^\\s*(?:export\\s+)?([A-Za-z][A-Za-z0-9_]*)\\s*=\\s*([\"']?)([0-9]{1,5})\\2\\s*(?:#.*)?$");
  private static final Pattern PORT_NAME = Pattern.compile("(?i)(?:(.+)_)?PORT");
  private static final Pattern ADDRESS =
      Pattern.compile("(?:-[^=]*=)?[\\w.*\\[\\]:-]*:([0-9]{2,5})");
  private static final Pattern OPTION = Pattern.compile("-p|--(?:.*-)?port");

  private PortSettings() {}

  /** Those of {@code lines}, {@code KEY=value} each, that set a port. */
  static Map<String, Integer> of(Stream<String> lines) {
    Map<String, Integer> settings = new TreeMap<>();
    lines
        .map(SETTING::matcher)
        .filter(Matcher::matches)
        .filter(setting -> PORT_NAME.matcher(setting.group(1)).matches())
        .filter(setting -> isPort(setting.group(3)))
        .forEach(setting -> settings.put(setting.group(1), Integer.valueOf(setting.group(3))));
    return settings;
  }

  /** {@link #of} the lines of a file. */
  static Map<String, Integer> ofFile(Path file) throws IOException {
    try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
      return of(lines);
    }
  }

  /** {@code api} for {@code API_PORT}; empty for {@code PORT} alone. */
  static String nameOf(String setting) {
    Matcher name = PORT_NAME.matcher(setting);
    return name.matches() && name.group(1) != null ? name.group(1).toLowerCase(Locale.ROOT) : "";
  }

  /** Ports in a command line: {@code --port 8001}, {@code --bind=127.0.0.1:8001}. */
  static Set<Integer> ofCommand(List<String> words) {
    List<String> found = new ArrayList<>();
    String before = "";
    for (String word : words) {
      int equals = word.indexOf('=');
      Matcher address = ADDRESS.matcher(word);
      if (OPTION.matcher(before).matches()) {
        found.add(word);
      } else if (equals > 0 && OPTION.matcher(word.substring(0, equals)).matches()) {
        found.add(word.substring(equals + 1));
      } else if (address.matches()) {
        found.add(address.group(1));
      }
      before = word;
    }
    Set<Integer> ports = new TreeSet<>();
    found.stream().filter(PortSettings::isPort).map(Integer::valueOf).forEach(ports::add);
    return ports;
  }

  private static boolean isPort(String digits) {
    return digits.matches("[0-9]{1,5}")
        && Integer.parseInt(digits) >= 1
        && Integer.parseInt(digits) <= 65535;
  }
}
