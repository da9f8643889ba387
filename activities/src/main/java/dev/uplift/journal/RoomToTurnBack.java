package dev.uplift.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Room on the disk for the rest of a journal, taken before anything is stopped and given up when
 * the upgrade is committed or turned back. A full disk fails the upgrade, and then nobody could
 * write down how it ends.
 */
final class RoomToTurnBack {
  private static final int BYTES = 128 * 1024;
  private final Path file;

  RoomToTurnBack(Path journal) {
    this.file = journal.resolveSibling(journal.getFileName() + ".room");
  }

  /** To be called before each line is written. */
  void in(JournalState.Phase phase) {
    try {
      if (phase != JournalState.Phase.FORWARD) {
        Files.deleteIfExists(file);
      } else if (!Files.exists(file)) {
        take();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be kept", e);
    }
  }

  private void take() throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer zeros = ByteBuffer.allocate(BYTES);
      while (zeros.hasRemaining()) {
        channel.write(zeros);
      }
      channel.force(true);
    } catch (IOException noRoom) {
      Files.deleteIfExists(file);
      throw noRoom;
    }
  }
}
