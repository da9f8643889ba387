package dev.uplift.database;

import dev.uplift.durable.DurableFile;
import dev.uplift.host.Cancellation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What a quiesced database file holds.
 *
 * @param sha256 of the file as it is, as {@code sha256sum} prints it
 * @param contentSha256 of the file without its counters, which switching the journal mode moves:
 *     equal when the same is stored
 */
record DatabaseDigest(long bytes, String sha256, String contentSha256) {
  private static final int CHUNK_BYTES = 1 << 20;

  static DatabaseDigest of(Path database, Cancellation cancellation) throws IOException {
    try (FileChannel source = FileChannel.open(database, StandardOpenOption.READ)) {
      return read(source, null, cancellation);
    }
  }

  /** Copies a quiesced database to a file that is not there yet; on disk when it returns. */
  static DatabaseDigest copying(Path database, Path copy, Cancellation cancellation)
      throws IOException {
    try (FileChannel source = FileChannel.open(database, StandardOpenOption.READ);
        FileChannel target = DurableFile.createPrivate(copy)) {
      DatabaseDigest digest = read(source, target, cancellation);
      target.force(true);
      return digest;
    }
  }

  private static DatabaseDigest read(
      FileChannel source, FileChannel target, Cancellation cancellation) throws IOException {
    MessageDigest whole = newSha256();
    MessageDigest content = newSha256();
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    long bytes = 0;
    while (fill(source, chunk) > 0) {
      cancellation.check();
      chunk.flip();
      whole.update(chunk.duplicate());
      if (bytes == 0) {
        byte[] header = new byte[Math.min(DatabaseHeader.BYTES, chunk.remaining())];
        chunk.get(0, header);
        content.update(DatabaseHeader.of(header).withoutCounters());
        content.update(chunk.duplicate().position(header.length));
      } else {
        content.update(chunk.duplicate());
      }
      bytes += chunk.remaining();
      while (target != null && chunk.hasRemaining()) {
        target.write(chunk);
      }
      chunk.clear();
    }
    return new DatabaseDigest(bytes, hex(whole), hex(content));
  }

  private static int fill(FileChannel source, ByteBuffer chunk) throws IOException {
    while (chunk.hasRemaining() && source.read(chunk) >= 0) {
      // A read may bring less than was asked for.
    }
    return chunk.position();
  }

  static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }
}
