package dev.uplift.profile.yaml;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import java.io.IOException;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads {@code 100ms}, {@code 5s}, {@code 2m}, {@code 1h} and ISO 8601 durations. */
final class DurationDeserializer extends StdScalarDeserializer<Duration> {
  private static final long serialVersionUID = 1L;
  private static final Pattern SHORT = Pattern.compile("([0-9]{1,9})(ms|s|m|h)");

  DurationDeserializer() {
    super(Duration.class);
  }

  @Override
  public Duration deserialize(JsonParser parser, DeserializationContext context)
      throws IOException {
    String written = parser.getText();
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw refuse(parser, written);
    }
    Matcher matcher = SHORT.matcher(written);
    if (!matcher.matches()) {
      return iso(parser, written);
    }
    long count = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(count);
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      default -> Duration.ofHours(count);
    };
  }

  private static Duration iso(JsonParser parser, String written) throws JsonMappingException {
    try {
      return Duration.parse(written);
    } catch (DateTimeParseException neither) {
      throw refuse(parser, written);
    }
  }

  private static JsonMappingException refuse(JsonParser parser, String written) {
    String problem = "'" + written + "' is not a duration; write 100ms, 5s, 2m or 1h";
    return JsonMappingException.from(parser, problem, new IllegalArgumentException(problem));
  }
}
