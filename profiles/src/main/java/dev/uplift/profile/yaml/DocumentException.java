package dev.uplift.profile.yaml;

/**
 * A document that cannot be accepted. The message names the document, the line, the column, the key
 * and what is wrong there.
 */
public final class DocumentException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;
  private final int line;
  private final int column;
  private final String key;

  DocumentException(String source, Place place, String key, String problem) {
    super(
        source
            + ":"
            + place.line()
            + ":"
            + place.column()
            + ": "
            + (key.isEmpty() ? "" : key + ": ")
            + problem);
    this.line = place.line();
    this.column = place.column();
    this.key = key;
  }

  /** Counted from 1. */
  public int line() {
    return line;
  }

  /** Counted from 1. */
  public int column() {
    return column;
  }

  /** The path of the key, like {@code tenants.acme.ports}; empty if the whole document is meant. */
  public String key() {
    return key;
  }
}
