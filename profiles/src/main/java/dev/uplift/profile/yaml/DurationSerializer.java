package dev.uplift.profile.yaml;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.ser.std.StdScalarSerializer;
import java.io.IOException;
import java.time.Duration;

/** Writes {@code 100ms}, {@code 5s}, {@code 2m} and {@code 1h}, as people do. */
final class DurationSerializer extends StdScalarSerializer<Duration> {
  private static final long serialVersionUID = 1L;

  DurationSerializer() {
    super(Duration.class);
  }

  @Override
  public void serialize(Duration value, JsonGenerator generator, SerializerProvider provider)
      throws IOException {
    generator.writeString(written(value));
  }

  private static String written(Duration value) {
    if (value.equals(Duration.ofHours(value.toHours()))) {
      return value.toHours() + "h";
    }
    if (value.equals(Duration.ofMinutes(value.toMinutes()))) {
      return value.toMinutes() + "m";
    }
    if (value.equals(Duration.ofSeconds(value.toSeconds()))) {
      return value.toSeconds() + "s";
    }
    return value.equals(Duration.ofMillis(value.toMillis()))
        ? value.toMillis() + "ms"
        : value.toString();
  }
}
