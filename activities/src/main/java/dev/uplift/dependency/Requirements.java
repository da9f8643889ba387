package dev.uplift.dependency;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A requirements file and the files of the release that it draws in with {@code -r} and {@code -c}.
 *
 * @param files content by path
 * @param missing paths that are referred to and not there
 * @param readsRelease whether it installs from other files of the release, such as wheels that lie
 *     beside the code
 * @param editable lines that install the release in place, which a shared set cannot
 */
record Requirements(
    SortedMap<String, byte[]> files,
    List<String> missing,
    boolean readsRelease,
    List<String> editable) {
  private static final Pattern INCLUDE =
      Pattern.compile("(?:-r|-c|--requirement|--constraint)[ =]*(\\S+).*");
  private static final Pattern EDITABLE = Pattern.compile("(?:-e\\b|--editable\\b).*");
  private static final Pattern FIND_LINKS = Pattern.compile("(?:-f|--find-links)[ =]*(\\S+).*");
  private static final Pattern URL = Pattern.compile("[a-zA-Z+]+://.*");

  /**
   * @param read a file of the release by its path
   */
  static Requirements read(String path, Function<String, Optional<byte[]>> read) {
    SortedMap<String, byte[]> files = new TreeMap<>();
    List<String> missing = new ArrayList<>();
    List<String> editable = new ArrayList<>();
    boolean readsRelease = false;
    Deque<String> open = new ArrayDeque<>(List.of(path));
    while (!open.isEmpty()) {
      String current = open.pop();
      Optional<byte[]> content =
          files.containsKey(current) || missing.contains(current)
              ? Optional.of(new byte[0])
              : read.apply(current);
      if (content.isEmpty()) {
        missing.add(current);
        continue;
      }
      files.putIfAbsent(current, content.get());
      for (String line : linesOf(content.get())) {
        Matcher include = INCLUDE.matcher(line);
        Matcher findLinks = FIND_LINKS.matcher(line);
        if (include.matches()) {
          if (!isUrl(include.group(1))) {
            open.push(beside(current, include.group(1)));
          }
        } else if (EDITABLE.matcher(line).matches()) {
          editable.add(line);
        } else if (findLinks.matches()) {
          readsRelease |= isInRelease(findLinks.group(1));
        } else if (!line.startsWith("-")) {
          readsRelease |= isLocalProject(line);
        }
      }
    }
    return new Requirements(files, missing, readsRelease, editable);
  }

  private static List<String> linesOf(byte[] content) {
    String joined = new String(content, StandardCharsets.UTF_8).replaceAll("\\\\\r?\n", " ");
    return joined
        .lines()
        .map(line -> line.replaceAll("(^|\\s)#.*", "").strip())
        .filter(line -> !line.isEmpty())
        .toList();
  }

  // Installers read such paths from the directory of the file that names them.
  private static String beside(String file, String path) {
    Path directory = Path.of(file).getParent();
    Path resolved = directory == null ? Path.of(path) : directory.resolve(path);
    return resolved.normalize().toString();
  }

  private static boolean isLocalProject(String line) {
    String requirement = line.replaceAll("\\s*;.*", "").replaceAll("\\s+--.*", "");
    String place = requirement.replaceAll("^[\\w.,\\[\\]-]+\\s*@\\s*", "");
    if (place.startsWith("file:")) {
      return true;
    }
    boolean isPath = place.startsWith(".") || place.contains("/") || place.endsWith(".whl");
    return isPath && isInRelease(place);
  }

  private static boolean isInRelease(String place) {
    return !isUrl(place) && !place.startsWith("/");
  }

  private static boolean isUrl(String place) {
    return URL.matcher(place).matches();
  }
}
