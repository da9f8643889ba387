package dev.uplift.release;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Pattern;

/** A full commit id, 40 hexadecimal digits. */
public record CommitId(@JsonValue String value) {
  private static final Pattern FORM = Pattern.compile("[0-9a-f]{40}");

  public CommitId {
    if (value == null || !FORM.matcher(value).matches()) {
      throw new IllegalArgumentException("a commit id is 40 hexadecimal digits: " + value);
    }
  }

  @JsonCreator
  public static CommitId of(String value) {
    return new CommitId(value);
  }

  /** The seven digits that answers show. */
  public String abbreviated() {
    return value.substring(0, 7);
  }

  @Override
  public String toString() {
    return value;
  }
}
