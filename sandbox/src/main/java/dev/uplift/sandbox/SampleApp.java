package dev.uplift.sandbox;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The sample application as it lies in the resources: releases and packages, each given as what
 * differs from the one before it. {@code cbapp/README.md} describes the form.
 */
final class SampleApp {
  private static final String ROOT = "/cbapp";
  private static final String LIST = "releases.txt";
  private static final String DOT = "dot-";
  private static final String STORED = ".stored";
  private static final String REQUIRES = "requires.txt";

  private static SampleApp loaded;

  private final Map<String, byte[]> material;
  private final List<Release> releases;

  private SampleApp(Map<String, byte[]> material) {
    this.material = material;
    this.releases = text(LIST).lines().filter(SampleApp::isEntry).map(Release::parse).toList();
  }

  /** Reads it; once in the life of this JVM, since it never changes. */
  static synchronized SampleApp load() {
    if (loaded == null) {
      loaded = read();
    }
    return loaded;
  }

  private static SampleApp read() {
    try {
      // A file: a jar need not have entries for directories.
      URI list = SampleApp.class.getResource(ROOT + "/" + LIST).toURI();
      if (!list.getScheme().equals("jar")) {
        return new SampleApp(filesBelow(Path.of(list).getParent()));
      }
      try (FileSystem jar = FileSystems.newFileSystem(list, Map.of())) {
        return new SampleApp(filesBelow(jar.getPath(ROOT)));
      }
    } catch (URISyntaxException | IOException e) {
      throw new IllegalStateException("the sample application cannot be read", e);
    }
  }

  private static Map<String, byte[]> filesBelow(Path root) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> walk = Files.walk(root)) {
      for (Path file : walk.filter(Files::isRegularFile).toList()) {
        files.put(root.relativize(file).toString().replace('\\', '/'), Files.readAllBytes(file));
      }
    }
    return files;
  }

  private static boolean isEntry(String line) {
    return !line.isBlank() && !line.startsWith("#");
  }

  /** All releases, in the order of their commits. */
  List<Release> releases() {
    return releases;
  }

  Release release(String tag) {
    return releases.stream()
        .filter(release -> release.tag().equals(tag))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("the sample application has no " + tag));
  }

  /** Every file of a release by its path. */
  SortedMap<String, byte[]> tree(String tag) {
    SortedMap<String, byte[]> tree = new TreeMap<>();
    Release release = release(tag);
    if (release.parent() != null) {
      tree.putAll(tree(release.parent()));
    }
    tree.putAll(overlay("releases/" + tag + "/"));
    return tree;
  }

  /** Every version of every package that there is a wheel of. */
  List<Package> packages() {
    NavigableMap<String, NavigableMap<String, SortedMap<String, byte[]>>> differences =
        new TreeMap<>();
    overlay("wheels/")
        .forEach(
            (path, content) -> {
              String[] parts = path.split("/", 3);
              differences
                  .computeIfAbsent(parts[0], name -> new TreeMap<>())
                  .computeIfAbsent(parts[1], version -> new TreeMap<>())
                  .put(parts[2], content);
            });
    List<Package> packages = new ArrayList<>();
    differences.forEach(
        (name, versions) -> {
          SortedMap<String, byte[]> soFar = new TreeMap<>();
          versions.forEach(
              (version, files) -> {
                soFar.putAll(files);
                packages.add(packageOf(name, version, soFar));
              });
        });
    return packages;
  }

  private static Package packageOf(
      String name, String version, SortedMap<String, byte[]> everything) {
    SortedMap<String, byte[]> files = new TreeMap<>(everything);
    byte[] requires = files.remove(REQUIRES);
    List<String> requirements =
        requires == null
            ? List.of()
            : new String(requires, StandardCharsets.UTF_8)
                .lines()
                .filter(SampleApp::isEntry)
                .toList();
    return new Package(name, version, requirements, files);
  }

  private SortedMap<String, byte[]> overlay(String prefix) {
    SortedMap<String, byte[]> files = new TreeMap<>();
    material.forEach(
        (path, content) -> {
          if (path.startsWith(prefix)) {
            files.put(realName(path.substring(prefix.length())), content);
          }
        });
    return files;
  }

  private static String realName(String path) {
    int slash = path.lastIndexOf('/') + 1;
    String name = path.substring(slash);
    if (name.startsWith(DOT)) {
      name = "." + name.substring(DOT.length());
    }
    if (name.endsWith(STORED)) {
      name = name.substring(0, name.length() - STORED.length());
    }
    return path.substring(0, slash) + name;
  }

  private String text(String path) {
    return new String(material.get(path), StandardCharsets.UTF_8);
  }

  /**
   * @param parent the tag that it is laid over; null for the first
   * @param description what it does
   */
  record Release(String tag, String parent, String description) {
    static Release parse(String line) {
      String[] words = line.strip().split("\\s+", 3);
      return new Release(words[0], words[1].equals("-") ? null : words[1], words[2]);
    }
  }

  /**
   * @param name as requirements say it, with dashes
   * @param requires what it needs itself
   * @param files path in the wheel to content
   */
  record Package(
      String name, String version, List<String> requires, SortedMap<String, byte[]> files) {}
}
