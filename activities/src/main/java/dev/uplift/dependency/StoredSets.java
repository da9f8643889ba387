package dev.uplift.dependency;

import dev.uplift.durable.Directories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The dependency sets of a host, for whoever clears away those that nobody needs any more. */
public final class StoredSets {
  private static final Pattern ID = Pattern.compile("[0-9a-f]{32}");
  private final Path sets;

  public StoredSets(Path sets) {
    this.sets = sets;
  }

  /**
   * One of them.
   *
   * @param wantedAt when an upgrade last staged it; of one that is not complete, when it was begun
   * @param complete whether it is whole; else its building, or its removal, was cut off
   */
  public record StoredSet(Path path, Instant wantedAt, boolean complete) {
    public String id() {
      return path.getFileName().toString();
    }
  }

  /** What has the name of a set and was begun by us, which its lock tells. */
  public List<StoredSet> list() throws IOException {
    if (!Files.isDirectory(sets)) {
      return List.of();
    }
    List<Path> directories;
    try (Stream<Path> entries = Files.list(sets)) {
      directories =
          entries
              .filter(entry -> ID.matcher(entry.getFileName().toString()).matches())
              .filter(entry -> Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS))
              .filter(
                  entry -> Files.isRegularFile(SetStore.lockOf(entry), LinkOption.NOFOLLOW_LINKS))
              .sorted()
              .toList();
    }
    List<StoredSet> found = new ArrayList<>();
    for (Path set : directories) {
      found.add(look(set));
    }
    return found;
  }

  private static StoredSet look(Path set) throws IOException {
    return SetStore.isComplete(set)
        ? new StoredSet(set, SetStore.wantedAt(set), true)
        : new StoredSet(set, Files.getLastModifiedTime(set).toInstant(), false);
  }

  /**
   * Deletes a set that was listed.
   *
   * @return false if somebody wants it, or has wanted it since; then nothing is deleted
   */
  public boolean delete(StoredSet listed) throws IOException {
    return SetStore.alone(
        listed.path(),
        () -> {
          if (!Files.isDirectory(listed.path(), LinkOption.NOFOLLOW_LINKS)
              || !look(listed.path()).equals(listed)) {
            return false;
          }
          SetStore.invalidate(listed.path());
          Directories.remove(listed.path());
          return true;
        });
  }
}
