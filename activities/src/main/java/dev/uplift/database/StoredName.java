package dev.uplift.database;

import dev.uplift.backup.StoredKind;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a backup or a failed database beside its database, and of the files that go with it.
 * Only names as the steps give them are taken for one; another file that looks like it is not.
 */
record StoredName(Path file) {
  private static final String UNTIL_COMMIT = "backup_until_commit_";
  private static final Pattern FORM =
      Pattern.compile(
          "(backup|failed)_[0-9]{8}_[0-9]{6}(_[0-9]{1,6})?|" + UNTIL_COMMIT + "[0-9a-f-]{36}");
  private static final List<String> SUFFIXES = List.of("", ".json", ".json.deleting", ".state");

  /** What {@code entry}, which lies beside the database, is a part of. */
  static Optional<StoredName> ofPart(Path entry, Path database) {
    String name = entry.getFileName().toString();
    String prefix = database.getFileName() + ".";
    if (!name.startsWith(prefix)) {
      return Optional.empty();
    }
    return SUFFIXES.stream()
        .filter(name::endsWith)
        .map(suffix -> name.substring(0, name.length() - suffix.length()))
        .filter(base -> base.length() > prefix.length())
        .filter(base -> FORM.matcher(base.substring(prefix.length())).matches())
        .map(base -> new StoredName(entry.resolveSibling(base)))
        .findFirst();
  }

  StoredKind kind() {
    Matcher failed = Pattern.compile("\\.failed_[0-9_]+$").matcher(file.getFileName().toString());
    return failed.find() ? StoredKind.FAILED_DATABASE : StoredKind.BACKUP;
  }

  /** Whether it was made for one cutover only, and deleted after it. */
  boolean isUntilCommit() {
    return file.getFileName().toString().contains("." + UNTIL_COMMIT);
  }

  Path manifest() {
    return sibling(".json");
  }

  /** What the manifest is called from when deletion begins until nothing else is left. */
  Path deleting() {
    return sibling(".json.deleting");
  }

  Path state() {
    return sibling(".state");
  }

  /** Everything else that may be there under this name. */
  List<Path> rest() {
    return List.of(
        sibling(".tmp"),
        sibling(".json.tmp"),
        sibling(".restoring"),
        sibling("-wal"),
        sibling("-shm"),
        sibling("-journal"));
  }

  private Path sibling(String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }
}
