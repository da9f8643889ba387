package dev.uplift.database;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The first 100 bytes of a SQLite file, as its format lays them down. Of a quiesced database they
 * hold every setting that the file carries.
 */
public final class DatabaseHeader {
  static final int BYTES = 100;
  private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);
  private static final int WRITE_VERSION = 18;
  private static final int READ_VERSION = 19;
  private static final int CHANGE_COUNTER = 24;
  private static final int LARGEST_ROOT_PAGE = 52;
  private static final int ENCODING = 56;
  private static final int USER_VERSION = 60;
  private static final int INCREMENTAL_VACUUM = 64;
  private static final int APPLICATION_ID = 68;
  private static final int VERSION_VALID_FOR = 92;
  private final byte[] bytes;

  private DatabaseHeader(byte[] bytes) {
    this.bytes = bytes;
  }

  static DatabaseHeader of(byte[] firstBytes) {
    return new DatabaseHeader(Arrays.copyOf(firstBytes, BYTES));
  }

  public static DatabaseHeader read(Path database) throws IOException {
    try (InputStream file = Files.newInputStream(database)) {
      return of(file.readNBytes(BYTES));
    }
  }

  /** Whether the file begins as every SQLite database does. */
  public boolean isSqlite() {
    return Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
  }

  JournalMode journalMode() {
    return bytes[READ_VERSION] == 2 ? JournalMode.WAL : JournalMode.DELETE;
  }

  int pageSize() {
    int stored = ByteBuffer.wrap(bytes).getShort(16) & 0xffff;
    return stored == 1 ? 65536 : stored;
  }

  String encoding() {
    return switch (intAt(ENCODING)) {
      case 2 -> "UTF-16le";
      case 3 -> "UTF-16be";
      default -> "UTF-8";
    };
  }

  String autoVacuum() {
    if (intAt(LARGEST_ROOT_PAGE) == 0) {
      return "none";
    }
    return intAt(INCREMENTAL_VACUUM) == 0 ? "full" : "incremental";
  }

  int userVersion() {
    return intAt(USER_VERSION);
  }

  int applicationId() {
    return intAt(APPLICATION_ID);
  }

  /**
   * These bytes without what changes when the journal mode is switched there and back: the mode
   * itself, the change counter and its companions. Everything else in the file stays as it was, so
   * two files that differ in nothing but these hold the same.
   */
  byte[] withoutCounters() {
    byte[] masked = bytes.clone();
    Arrays.fill(masked, WRITE_VERSION, READ_VERSION + 1, (byte) 0);
    Arrays.fill(masked, CHANGE_COUNTER, CHANGE_COUNTER + 4, (byte) 0);
    Arrays.fill(masked, VERSION_VALID_FOR, BYTES, (byte) 0);
    return masked;
  }

  private int intAt(int offset) {
    return ByteBuffer.wrap(bytes).getInt(offset);
  }
}
