package dev.uplift.database;

import dev.uplift.durable.Directories;
import dev.uplift.durable.DurableFile;
import dev.uplift.host.StepFailure;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/**
 * One file beside the database that belongs to its version.
 *
 * @param path in the checkout
 * @param sha256 null when there was no such file, and there must be none again after a restore
 * @param ownership null when there was no such file
 */
record StateFile(String path, String sha256, Ownership ownership) {

  static List<StateFile> readAll(Path checkout, List<String> paths) throws IOException {
    List<StateFile> all = new ArrayList<>();
    for (String path : paths) {
      all.add(read(checkout, path));
    }
    return all;
  }

  static StateFile read(Path checkout, String path) throws IOException {
    Path file = checkout.resolve(path);
    DatabaseLocation.requireParents(checkout, file);
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return new StateFile(path, null, null);
    }
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new StepFailure(
          FailureKind.PROFILE_INVALID,
          "The state file " + file + " is not a regular file.",
          null,
          "List plain files under 'state' in the profile.");
    }
    MessageDigest digest = DatabaseDigest.newSha256();
    try (InputStream content = Files.newInputStream(file)) {
      new DigestInputStream(content, digest).transferTo(OutputStream.nullOutputStream());
    }
    return new StateFile(path, DatabaseDigest.hex(digest), Ownership.of(file));
  }

  boolean isThere() {
    return sha256 != null;
  }

  /** Copies the file into a directory that is ours, on disk when it returns. */
  void copyTo(Path directory, Path checkout) throws IOException {
    if (isThere()) {
      copy(checkout.resolve(path), directory.resolve(path));
    }
    if (!isSavedIn(directory)) {
      throw new IOException("the copy of the state file " + path + " differs from it");
    }
  }

  boolean isSavedIn(Path directory) throws IOException {
    return !isThere() || hasContentOf(directory.resolve(path));
  }

  private boolean hasContentOf(Path file) throws IOException {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && sha256.equals(read(file.getParent(), file.getFileName().toString()).sha256());
  }

  boolean isInPlace(Path checkout) throws IOException {
    Path file = checkout.resolve(path);
    if (!isThere()) {
      return !Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    }
    return hasContentOf(file) && ownership.equals(Ownership.of(file));
  }

  /**
   * Puts the file back as it was.
   *
   * @param aside what is there instead is kept below this directory
   */
  void restore(Path saved, Path checkout, Path aside) throws IOException {
    Path file = checkout.resolve(path);
    DatabaseLocation.requireParents(checkout, file);
    boolean there = Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    if (isThere() && hasContentOf(file)) {
      ownership.applyTo(file);
      return;
    }
    if (there) {
      Path kept = aside.resolve(path);
      Directories.create(kept.getParent());
      DurableFile.rename(file, kept);
    }
    if (isThere()) {
      Directories.create(file.getParent());
      copy(saved.resolve(path), file);
      ownership.applyTo(file);
    }
  }

  /** Puts the file in place of what is there, of which a copy is kept elsewhere. */
  void replace(Path saved, Path checkout) throws IOException {
    Path file = checkout.resolve(path);
    DatabaseLocation.requireParents(checkout, file);
    if (isThere()) {
      Directories.create(file.getParent());
      copy(saved.resolve(path), file);
    } else {
      DurableFile.delete(file);
    }
  }

  private void copy(Path from, Path to) throws IOException {
    Directories.create(to.getParent());
    Path temporary = DurableFile.temporary(to);
    Files.deleteIfExists(temporary);
    try {
      try (InputStream content = Files.newInputStream(from);
          FileChannel channel = DurableFile.createPrivate(temporary)) {
        content.transferTo(Channels.newOutputStream(channel));
        channel.force(true);
      }
      ownership.applyTo(temporary);
      DurableFile.rename(temporary, to);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  @Override
  public String toString() {
    return isThere() ? path + " " + sha256 + " " + ownership : path + " absent";
  }
}
