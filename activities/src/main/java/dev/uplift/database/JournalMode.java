package dev.uplift.database;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * How SQLite makes a commit atomic, as far as the file remembers it: it knows WAL and everything
 * else. The other modes belong to a connection.
 */
enum JournalMode {
  WAL,
  DELETE;

  @JsonValue
  String pragma() {
    return name().toLowerCase(Locale.ROOT);
  }

  @JsonCreator
  static JournalMode of(String pragma) {
    return valueOf(pragma.toUpperCase(Locale.ROOT));
  }
}
