package dev.uplift.tenant;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Pattern;

/**
 * The id of a tenant. It becomes part of paths, unit names and workflow ids, so the alphabet is
 * narrow: no dot, slash, glob or leading dash can reach a file system or a command line through it.
 */
public record Slug(@JsonValue String value) {
  private static final Pattern FORM = Pattern.compile("[a-z0-9][a-z0-9-]{0,30}");

  public Slug {
    if (value == null || !FORM.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "a tenant id is 1 to 31 of a-z, 0-9 and '-', not beginning with '-'");
    }
  }

  public static boolean isValid(String value) {
    return FORM.matcher(value).matches();
  }

  @JsonCreator
  public static Slug of(String value) {
    return new Slug(value);
  }

  @Override
  public String toString() {
    return value;
  }
}
