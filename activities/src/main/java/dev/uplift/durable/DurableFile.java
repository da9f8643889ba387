package dev.uplift.durable;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Files that are whole, old or new or not there, after a power cut: a file's content is synced
 * before its name, and its name with its directory.
 */
public final class DurableFile {
  private DurableFile() {}

  /** A new file that nobody but us can read until its final owner and mode are set. */
  public static FileChannel createPrivate(Path file) throws IOException {
    return FileChannel.open(
        file,
        Set.of(CREATE_NEW, WRITE),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  /** Writes all of {@code content} under {@code file}'s name, or leaves what was there. */
  public static void write(Path file, byte[] content) throws IOException {
    Path temporary = temporary(file);
    Files.deleteIfExists(temporary);
    try (FileChannel channel = createPrivate(temporary)) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
      rename(temporary, file);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  public static void write(Path file, String content) throws IOException {
    write(file, content.getBytes(StandardCharsets.UTF_8));
  }

  /** The name under which {@code file} is written before it gets its own. */
  public static Path temporary(Path file) {
    return file.resolveSibling(file.getFileName() + ".tmp");
  }

  /** Renames over whatever has the target's name; on disk when it returns. */
  public static void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    Directories.sync(to.getParent());
    if (!from.getParent().equals(to.getParent())) {
      Directories.sync(from.getParent());
    }
  }

  /** Deletes a file if it is there; on disk when it returns. */
  public static void delete(Path file) throws IOException {
    if (Files.deleteIfExists(file)) {
      Directories.sync(file.getParent());
    }
  }

  /** Makes the content of a file durable, whoever wrote it. */
  public static void sync(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, READ)) {
      channel.force(true);
    }
  }
}
