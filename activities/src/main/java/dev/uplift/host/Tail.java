package dev.uplift.host;

import java.nio.charset.StandardCharsets;

/** The end of a text that may be long: the last lines of a log say what went wrong. */
final class Tail {
  static final int MAX_BYTES = 8 * 1024;

  private Tail() {}

  static String of(String text) {
    if (text == null || text.getBytes(StandardCharsets.UTF_8).length <= MAX_BYTES) {
      return text;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int from = bytes.length - MAX_BYTES;
    // Not in the middle of a character.
    while (from < bytes.length && (bytes[from] & 0xC0) == 0x80) {
      from++;
    }
    return new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8);
  }
}
