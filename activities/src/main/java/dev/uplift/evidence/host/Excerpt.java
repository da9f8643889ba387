package dev.uplift.evidence.host;

import dev.uplift.host.Redaction;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * What is kept of a text that somebody else wrote: without secrets, printable, and only the end of
 * it if it is long.
 *
 * @param cutBytes how much of the beginning is not kept
 */
record Excerpt(String text, long cutBytes) {
  static final int MAX_BYTES = 64 * 1024;

  /**
   * Where a text was cut off, a part of a secret may be left that nobody can recognise any more. So
   * the beginning of what is left is not shown either.
   */
  static final int MARGIN_BYTES = 8 * 1024;

  private static final int MAX_NAME = 200;
  private static final Pattern COLOURS = Pattern.compile("\\e\\[[0-9;?]*[ -/]*[@-~]");

  /**
   * @param cutBefore how much of its beginning was cut off already
   */
  static Excerpt of(String raw, long cutBefore) {
    byte[] clean = Redaction.of(printable(raw)).getBytes(StandardCharsets.UTF_8);
    boolean isWhole = cutBefore == 0 && length(raw) <= MAX_BYTES;
    int from =
        isWhole && clean.length <= MAX_BYTES
            ? 0
            : beginning(clean, Math.max(MARGIN_BYTES, clean.length - MAX_BYTES));
    String text = new String(clean, from, clean.length - from, StandardCharsets.UTF_8);
    return new Excerpt(text, cutBefore + from);
  }

  /** A name that was made of words which somebody else wrote. */
  static String name(String raw) {
    String clean = Redaction.of(printable(raw)).replace('\n', ' ');
    return clean.length() <= MAX_NAME ? clean : clean.substring(0, MAX_NAME) + "…";
  }

  // What a terminal would have acted on says nothing to a reader, and much of it is escaped with
  // six bytes each on the way to him.
  private static String printable(String raw) {
    String text = COLOURS.matcher(raw).replaceAll("").replace("\r\n", "\n");
    StringBuilder printable = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\r' || c == '\0') {
        printable.append('\n');
      } else {
        printable.append(c >= ' ' || c == '\n' || c == '\t' ? c : '\uFFFD');
      }
    }
    return printable.toString();
  }

  private static int length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  /** The first line that begins there or later; within a line of its own length, a character. */
  private static int beginning(byte[] bytes, int from) {
    if (from >= bytes.length) {
      return bytes.length;
    }
    for (int i = from; i < bytes.length - 1; i++) {
      if (bytes[i] == '\n') {
        return i + 1;
      }
    }
    int start = from;
    while (start < bytes.length && (bytes[start] & 0xC0) == 0x80) {
      start++;
    }
    return start;
  }
}
