package dev.uplift.database;

import dev.uplift.backup.StoredItem.State;
import dev.uplift.backup.StoredKind;
import dev.uplift.durable.Directories;
import dev.uplift.durable.DurableFile;
import dev.uplift.host.Cancellation;
import dev.uplift.host.TenantPaths;
import dev.uplift.tenant.Slug;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The backups and failed databases beside a tenant's database. What a manifest of ours names may be
 * deleted, and nothing else; a manifest is believed only about its own files.
 */
public final class StoredDatabases {
  private static final int LARGEST_MANIFEST = 1 << 20;
  private static final long HIGHEST_SEQUENCE = 1_000_000_000;

  private final TenantPaths paths;
  private final Slug tenant;
  private final Map<Path, String> seals;
  private final Set<UUID> needless;

  private StoredDatabases(
      TenantPaths paths, Slug tenant, Map<Path, String> seals, Set<UUID> needless) {
    this.paths = paths;
    this.tenant = tenant;
    this.seals = Map.copyOf(seals);
    this.needless = Set.copyOf(needless);
  }

  /**
   * @param backupNotes what upgrades wrote down under {@link BackUpDatabase#BEGUN}
   * @param needless the upgrades that are known to have been committed or to have put everything
   *     back: only of these nobody needs a copy any more that was not to be kept
   */
  public static StoredDatabases of(
      TenantPaths paths, Slug tenant, List<String> backupNotes, Set<UUID> needless) {
    DatabaseLocation.requireParents(paths.checkout(), paths.database());
    Map<Path, String> seals = new HashMap<>();
    for (String text : backupNotes) {
      BackupNote note = Json.own(text, BackupNote.class);
      if (note.isCompleted()) {
        seals.put(Path.of(note.backup()), note.seal());
      }
    }
    return new StoredDatabases(paths, tenant, seals, needless);
  }

  /** All of them, in the order of their names. */
  public List<StoredDatabase> list() {
    try {
      List<StoredDatabase> found = new ArrayList<>();
      for (StoredName name : names(paths.database())) {
        look(name).ifPresent(found::add);
      }
      return found;
    } catch (IOException e) {
      throw DatabaseFailure.of(e);
    }
  }

  private static Set<StoredName> names(Path database) throws IOException {
    if (!Files.isDirectory(database.getParent())) {
      return Set.of();
    }
    Set<StoredName> names = new LinkedHashSet<>();
    try (Stream<Path> entries = Files.list(database.getParent())) {
      entries
          .sorted()
          .map(entry -> StoredName.ofPart(entry, database))
          .flatMap(Optional::stream)
          .forEach(names::add);
    }
    return names;
  }

  /**
   * What comes after the backups that are there, whatever the clock says of when they were made.
   */
  static long nextSequence(Path database) throws IOException {
    long last = 0;
    for (StoredName name : names(database)) {
      if (name.kind() == StoredKind.BACKUP && isRegular(name.manifest())) {
        last = Math.max(last, sequenceIn(name.manifest()));
      }
    }
    return last + 1;
  }

  private static long sequenceIn(Path manifest) {
    try {
      return sequence(Json.read(bytes(manifest), BackupManifest.class));
    } catch (IOException unreadable) {
      return 0;
    }
  }

  static Optional<Long> sequenceOf(Path manifest, UUID upgradeId) {
    try {
      return isRegular(manifest)
          ? Optional.of(Json.read(bytes(manifest), BackupManifest.class))
              .filter(told -> upgradeId.toString().equals(told.upgradeId()))
              .map(StoredDatabases::sequence)
          : Optional.empty();
    } catch (IOException unreadable) {
      return Optional.empty();
    }
  }

  private static long sequence(BackupManifest manifest) {
    Long sequence = manifest.sequence();
    return sequence == null || sequence < 0 || sequence > HIGHEST_SEQUENCE ? 0 : sequence;
  }

  private Optional<StoredDatabase> look(StoredName name) throws IOException {
    if (exists(name.manifest())) {
      return Optional.of(named(name));
    }
    if (exists(name.deleting())) {
      return Optional.of(leftover(name));
    }
    return exists(name.file())
        ? Optional.of(found(name, State.UNNAMED, "it has no manifest"))
        : Optional.empty();
  }

  private StoredDatabase leftover(StoredName name) throws IOException {
    StoredDatabase found = found(name, State.LEFTOVER, "its deletion was cut off");
    try {
      // Manifests of both kinds tell these two alike.
      FailedManifest manifest =
          isRegular(name.deleting())
              ? Json.read(bytes(name.deleting()), FailedManifest.class)
              : new FailedManifest(0, null, null, null, null, null);
      String foreign = foreign(manifest.tenant(), manifest.sourcePath());
      return foreign == null ? found : found.altered(foreign);
    } catch (IOException unreadable) {
      return found.altered("its manifest is not one of Uplift's");
    }
  }

  private StoredDatabase named(StoredName name) throws IOException {
    StoredDatabase unread = found(name, State.ALTERED, null);
    if (!isRegular(name.manifest())) {
      return unread.altered("its manifest is not a regular file");
    }
    byte[] json;
    try {
      json = bytes(name.manifest());
    } catch (IOException unreadable) {
      return unread.altered("its manifest cannot be read: " + unreadable.getMessage());
    }
    try {
      return name.kind() == StoredKind.BACKUP
          ? backup(name, json, unread)
          : failed(name, json, unread);
    } catch (IOException | DateTimeException | IllegalArgumentException malformed) {
      return unread.altered("its manifest is not one of Uplift's");
    }
  }

  private StoredDatabase backup(StoredName name, byte[] json, StoredDatabase unread)
      throws IOException {
    BackupManifest manifest = Json.read(json, BackupManifest.class);
    if (manifest.format() != BackupManifest.FORMAT) {
      return unread.altered(unknownFormat(manifest.format(), BackupManifest.FORMAT));
    }
    if (manifest.sha256() == null
        || manifest.contentSha256() == null
        || manifest.journalMode() == null
        || manifest.ownership() == null
        || manifest.state() == null) {
      return unread.altered("its manifest is not one of Uplift's");
    }
    UUID upgrade = UUID.fromString(manifest.upgradeId());
    boolean leftover = name.isUntilCommit() && needless.contains(upgrade);
    StoredDatabase told =
        new StoredDatabase(
            name.kind(),
            name.file(),
            sequence(manifest),
            OffsetDateTime.parse(manifest.createdAt()).toInstant(),
            unread.bytes(),
            manifest.releaseFrom(),
            upgrade,
            sha256(json),
            leftover ? State.LEFTOVER : State.GOOD,
            leftover ? "its upgrade was to keep no backup" : null,
            name.isUntilCommit() && !leftover ? "nobody knows how its upgrade ended" : null);
    String problem = problemOf(name, manifest, told.manifestSha256());
    return problem == null ? told : told.altered(problem);
  }

  /** What is wrong as far as it can be seen without reading the backup; null if nothing is. */
  private String problemOf(StoredName name, BackupManifest manifest, String seal)
      throws IOException {
    String foreign = foreign(manifest.tenant(), manifest.sourcePath());
    if (foreign != null) {
      return foreign;
    }
    if (seals.containsKey(name.file()) && !seals.get(name.file()).equals(seal)) {
      return "its manifest was changed";
    }
    if (manifest.state().stream().anyMatch(file -> !isInside(file.path()))) {
      return "its manifest names a state file outside of the checkout";
    }
    if (exists(name.state()) && !Files.isDirectory(name.state(), LinkOption.NOFOLLOW_LINKS)) {
      return "its state files are not in a directory";
    }
    if (!exists(name.file())) {
      return "the copy of the database is missing";
    }
    if (!isRegular(name.file())) {
      return "it is not a regular file";
    }
    long bytes = Files.size(name.file());
    return bytes == manifest.bytes()
        ? null
        : "it has " + bytes + " bytes, the manifest says " + manifest.bytes();
  }

  private StoredDatabase failed(StoredName name, byte[] json, StoredDatabase unread)
      throws IOException {
    FailedManifest manifest = Json.read(json, FailedManifest.class);
    if (manifest.format() != FailedManifest.FORMAT) {
      return unread.altered(unknownFormat(manifest.format(), FailedManifest.FORMAT));
    }
    StoredDatabase told =
        new StoredDatabase(
            name.kind(),
            name.file(),
            0,
            OffsetDateTime.parse(manifest.createdAt()).toInstant(),
            unread.bytes(),
            null,
            UUID.fromString(manifest.upgradeId()),
            sha256(json),
            State.GOOD,
            null,
            null);
    String foreign = foreign(manifest.tenant(), manifest.sourcePath());
    if (foreign != null) {
      return told.altered(foreign);
    }
    return exists(name.file()) && !isRegular(name.file())
        ? told.altered("it is not a regular file")
        : told;
  }

  private String foreign(String named, String source) {
    if (!tenant.value().equals(named)) {
      return "its manifest is of tenant " + named;
    }
    return paths.database().toString().equals(source)
        ? null
        : "its manifest is of another database, " + source;
  }

  private static String unknownFormat(int format, int known) {
    return "its manifest has format " + format + ", this worker knows " + known;
  }

  private static boolean isInside(String path) {
    Path plain = Path.of(path);
    return !plain.isAbsolute() && plain.equals(plain.normalize()) && !plain.startsWith("..");
  }

  private StoredDatabase found(StoredName name, State state, String problem) throws IOException {
    return new StoredDatabase(
        name.kind(), name.file(), 0, null, sizeOf(name), null, null, null, state, problem, null);
  }

  private static long sizeOf(StoredName name) throws IOException {
    long bytes = Directories.bytes(name.file()) + Directories.bytes(name.state());
    for (Path part : name.rest()) {
      bytes += Directories.bytes(part);
    }
    return bytes;
  }

  /**
   * Deletes what was listed. First it loses its name, so that it is never taken for a backup again,
   * and its manifest is the last to go: what a kill leaves is listed as a leftover.
   *
   * @return false if it is not what was listed any more; then nothing is deleted
   */
  public boolean delete(StoredDatabase listed) throws IOException {
    boolean deletable = listed.state() == State.GOOD || listed.state() == State.LEFTOVER;
    if (!deletable || !look(new StoredName(listed.file())).filter(listed::equals).isPresent()) {
      return false;
    }
    StoredName name = new StoredName(listed.file());
    if (exists(name.manifest())) {
      DurableFile.rename(name.manifest(), name.deleting());
    }
    Files.deleteIfExists(name.file());
    for (Path part : name.rest()) {
      Files.deleteIfExists(part);
    }
    Directories.remove(name.state());
    Directories.sync(name.file().getParent());
    DurableFile.delete(name.deleting());
    return true;
  }

  /** Whether a backup that was listed as good still holds what its manifest says, all read. */
  public Optional<String> alteration(StoredDatabase listed, Cancellation cancellation)
      throws IOException {
    StoredName name = new StoredName(listed.file());
    try {
      byte[] json = bytes(name.manifest());
      if (!sha256(json).equals(listed.manifestSha256())) {
        return Optional.of("its manifest was changed");
      }
      BackupManifest manifest = Json.read(json, BackupManifest.class);
      return DatabaseDigest.of(name.file(), cancellation).sha256().equals(manifest.sha256())
          ? Optional.empty()
          : Optional.of("its content is not what the manifest says");
    } catch (NoSuchFileException gone) {
      return Optional.of("it is missing");
    }
  }

  private static byte[] bytes(Path manifest) throws IOException {
    if (Files.size(manifest) > LARGEST_MANIFEST) {
      throw new IOException("it is larger than any that Uplift writes");
    }
    return Files.readAllBytes(manifest);
  }

  static String sha256(byte[] json) {
    MessageDigest digest = DatabaseDigest.newSha256();
    digest.update(json);
    return DatabaseDigest.hex(digest);
  }

  private static boolean exists(Path path) {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
  }

  private static boolean isRegular(Path path) {
    return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
  }
}
