package dev.uplift.tenant;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Pattern;

/**
 * The name of a worker's host, as its configuration says it; part of the name of its task queue.
 */
public record HostName(@JsonValue String value) {
  private static final Pattern FORM = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9.-]{0,62}");

  public HostName {
    if (value == null || !FORM.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "a host name is 1 to 63 letters, digits, '.' and '-', not beginning with '.' or '-'");
    }
  }

  @JsonCreator
  public static HostName of(String value) {
    return new HostName(value);
  }

  @Override
  public String toString() {
    return value;
  }
}
