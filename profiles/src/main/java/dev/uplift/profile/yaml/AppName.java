package dev.uplift.profile.yaml;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Pattern;

/** The name under which an app's profile is registered. */
public record AppName(@JsonValue String value) {
  private static final Pattern FORM = Pattern.compile("[a-z0-9][a-z0-9-]{0,30}");

  public AppName {
    if (value == null || !FORM.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "the name of an app is 1 to 31 of a-z, 0-9 and '-', not beginning with '-'");
    }
  }

  @JsonCreator
  public static AppName of(String value) {
    return new AppName(value);
  }

  @Override
  public String toString() {
    return value;
  }
}
