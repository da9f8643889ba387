package dev.uplift.durable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicLong;

/** Directories whose entries are there, or gone, after a power cut. */
public final class Directories {
  private Directories() {}

  /**
   * Makes creations, renames and deletions in a directory durable. Linux lets a directory be opened
   * for reading and synced.
   */
  public static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Creates a private directory and the missing ones above it, each on disk in the one above. */
  public static void create(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    create(directory.getParent());
    try {
      Files.createDirectory(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException e) {
      // Another process may have come first, and not have synced it yet.
      if (!Files.isDirectory(directory)) {
        throw e;
      }
    }
    sync(directory.getParent());
  }

  /**
   * Removes a file or directory, if it is there, with all that is in it; links are not followed.
   */
  public static void remove(Path tree) throws IOException {
    if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        tree,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            // Some installers leave directories that even their owner may not change.
            directory.toFile().setWritable(true);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, IOException problem)
              throws IOException {
            if (problem != null) {
              throw problem;
            }
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
    sync(tree.getParent());
  }

  /** Removes a tree, and the directory that it is in if that is empty then. */
  public static void removeWithEmptyParent(Path tree) throws IOException {
    remove(tree);
    try {
      Files.deleteIfExists(tree.getParent());
    } catch (DirectoryNotEmptyException inUse) {
      // It goes with the last that is in there.
    }
  }

  /** How much a file, or a directory with all that is in it, holds; 0 if it is not there. */
  public static long bytes(Path tree) throws IOException {
    if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
      return 0;
    }
    AtomicLong bytes = new AtomicLong();
    Files.walkFileTree(
        tree,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            bytes.addAndGet(attributes.size());
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException goneOrUnreadable) {
            return FileVisitResult.CONTINUE;
          }
        });
    return bytes.get();
  }
}
