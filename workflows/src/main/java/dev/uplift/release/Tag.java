package dev.uplift.release;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Pattern;

/**
 * The name of a release's tag. Git itself allows {@code refs/tags/--upload-pack=x}; this does not,
 * and it is always used in full, as {@link #ref()}, so that a branch of the same name is never
 * meant.
 */
public record Tag(@JsonValue String name) {
  private static final Pattern FORM = Pattern.compile("v?[0-9][0-9A-Za-z._-]{0,63}");

  public Tag {
    if (name == null
        || !FORM.matcher(name).matches()
        || name.contains("..")
        || name.endsWith(".")
        || name.endsWith(".lock")) {
      throw new IllegalArgumentException(
          "a release tag is a version like v1.2.3: an optional 'v', a digit, then up to 64 of letters, digits, "
              + "'.', '_' and '-', without '..'");
    }
  }

  @JsonCreator
  public static Tag of(String name) {
    return new Tag(name);
  }

  /**
   * Whether {@code name} is one that Uplift would upgrade to; other tags of an upstream are
   * ignored.
   */
  public static boolean isValid(String name) {
    try {
      new Tag(name);
      return true;
    } catch (IllegalArgumentException notARelease) {
      return false;
    }
  }

  public String ref() {
    return "refs/tags/" + name;
  }

  @Override
  public String toString() {
    return name;
  }
}
