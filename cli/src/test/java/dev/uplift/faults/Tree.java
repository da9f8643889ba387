package dev.uplift.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** What is in directories. */
final class Tree {
  private Tree() {}

  /** The files below a directory, by their paths in it; what Python caches does not count. */
  static Map<String, Path> files(Path directory, Predicate<Path> wanted) throws IOException {
    Map<String, Path> files = new TreeMap<>();
    if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      collect(directory, directory, wanted, files);
    }
    return files;
  }

  // By hand, since services and workers change what a walk is looking at.
  private static void collect(
      Path top, Path directory, Predicate<Path> wanted, Map<String, Path> files)
      throws IOException {
    List<Path> entries;
    try (Stream<Path> list = Files.list(directory)) {
      entries = list.toList();
    } catch (NoSuchFileException vanished) {
      return;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    for (Path entry : entries) {
      Path path = top.relativize(entry);
      if (entry.endsWith("__pycache__") || !wanted.test(path)) {
        continue;
      }
      if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
        collect(top, entry, wanted, files);
      } else {
        files.put(path.toString(), entry);
      }
    }
  }

  /** The names and the content of all files below a directory. */
  static String hash(Path directory) throws IOException {
    MessageDigest digest = sha256();
    for (Map.Entry<String, Path> file : files(directory, path -> true).entrySet()) {
      digest.update(file.getKey().getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
      digest.update(
          Files.isSymbolicLink(file.getValue())
              ? Files.readSymbolicLink(file.getValue()).toString().getBytes(StandardCharsets.UTF_8)
              : Files.readAllBytes(file.getValue()));
      digest.update((byte) 0);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  static String hashOfFile(Path file) throws IOException {
    return HexFormat.of().formatHex(sha256().digest(Files.readAllBytes(file)));
  }

  /** Owner, group and mode. */
  static String owner(Path file) throws IOException {
    Map<String, Object> found =
        Files.readAttributes(file, "unix:uid,gid,mode", LinkOption.NOFOLLOW_LINKS);
    return "%s:%s %o".formatted(found.get("uid"), found.get("gid"), (Integer) found.get("mode"));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
