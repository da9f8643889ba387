package dev.uplift.discover;

import dev.uplift.code.Checkout;
import dev.uplift.database.DatabaseHeader;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads a checkout and writes nothing. */
final class CheckoutReader {
  private static final int DEEPEST_DATABASE = 5;
  private static final int MOST_FILES = 50_000;
  private static final Pattern COPY =
      Pattern.compile("(?i).*(backup|\\.failed_|\\.uplift_|\\.bak|\\.old|\\.orig|~$).*");
  private static final Pattern MIGRATION =
      Pattern.compile("(?i)(.*/)?(manage\\.py|alembic\\.ini|[^/]*migrat[^/]*\\.(py|js|sh|sql))");

  private CheckoutReader() {}

  /**
   * @throws dev.uplift.host.StepFailure if it is no checkout of its own
   */
  static CheckoutFacts read(Path directory) throws IOException {
    try (Checkout checkout = Checkout.open(directory)) {
      Set<String> tracked = checkout.tracked();
      List<String> trouble = new ArrayList<>();
      List<String> databases = databases(directory);
      return new CheckoutFacts(
          directory,
          Files.getOwner(directory).getName(),
          checkout.version(),
          checkout.releaseTag().isPresent(),
          checkout.shownOrigin().orElse(null),
          checkout.hidesPartOfOrigin(),
          checkout.changed(),
          databases.stream().filter(file -> !tracked.contains(file)).toList(),
          databases.stream().filter(tracked::contains).toList(),
          environmentFile(directory, trouble),
          layout(directory, tracked),
          trouble);
    }
  }

  private static Map<String, Integer> environmentFile(Path directory, List<String> trouble) {
    try {
      return PortSettings.ofFile(directory.resolve(".env"));
    } catch (NoSuchFileException none) {
      return Map.of();
    } catch (IOException denied) {
      trouble.add(".env cannot be read: run this as its owner or as root");
      return Map.of();
    }
  }

  private static List<String> databases(Path directory) throws IOException {
    Map<String, FileTime> found = new TreeMap<>();
    Files.walkFileTree(
        directory,
        Set.of(),
        DEEPEST_DATABASE,
        new SimpleFileVisitor<>() {
          private int files;

          @Override
          public FileVisitResult preVisitDirectory(Path entered, BasicFileAttributes attributes) {
            return entered.equals(directory) || mayHoldData(entered)
                ? FileVisitResult.CONTINUE
                : FileVisitResult.SKIP_SUBTREE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            String path = directory.relativize(file).toString();
            if (attributes.isRegularFile() && !COPY.matcher(path).matches() && isSqlite(file)) {
              found.put(path, attributes.lastModifiedTime());
            }
            return ++files < MOST_FILES ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException goneOrDenied) {
            return FileVisitResult.CONTINUE;
          }
        });
    return found.entrySet().stream()
        .sorted(Map.Entry.<String, FileTime>comparingByValue(Comparator.reverseOrder()))
        .map(Map.Entry::getKey)
        .toList();
  }

  private static boolean isSqlite(Path file) {
    try {
      return DatabaseHeader.read(file).isSqlite();
    } catch (IOException goneOrDenied) {
      return false;
    }
  }

  private static boolean mayHoldData(Path directory) {
    String name = directory.getFileName().toString();
    return !name.startsWith(".") && !name.equals("node_modules") && !isVenv(directory);
  }

  private static boolean isVenv(Path directory) {
    return Files.isRegularFile(directory.resolve("pyvenv.cfg"));
  }

  private static Layout layout(Path directory, Set<String> tracked) throws IOException {
    List<String> venvs = new ArrayList<>();
    List<String> nodeProjects = new ArrayList<>();
    if (isNodeProject(directory)) {
      nodeProjects.add("");
    }
    try (DirectoryStream<Path> children = Files.newDirectoryStream(directory, Files::isDirectory)) {
      for (Path child : children) {
        String name = child.getFileName().toString();
        if (isVenv(child)) {
          venvs.add(name);
        } else if (isNodeProject(child)) {
          nodeProjects.add(name);
        }
      }
    }
    return new Layout(
        sorted(tracked.stream().filter(path -> path.matches("requirements[^/]*\\.txt"))),
        sorted(venvs.stream()),
        sorted(nodeProjects.stream()),
        sorted(
            tracked.stream()
                .filter(
                    path ->
                        MIGRATION.matcher(path).matches() || path.matches("scripts/[^/_]*\\.py"))),
        Files.isRegularFile(directory.resolve(".env"), LinkOption.NOFOLLOW_LINKS)
            && !tracked.contains(".env"));
  }

  private static boolean isNodeProject(Path directory) {
    return Files.isRegularFile(directory.resolve("package.json"))
        && Files.isDirectory(directory.resolve("node_modules"));
  }

  private static List<String> sorted(Stream<String> names) {
    return names.sorted().toList();
  }
}
