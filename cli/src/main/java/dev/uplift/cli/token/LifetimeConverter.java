package dev.uplift.cli.token;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code 45m}, {@code 12h} and {@code 30d}. */
final class LifetimeConverter implements ITypeConverter<Duration> {
  private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,5})([mhd])");

  @Override
  public Duration convert(String written) {
    Matcher matcher = FORM.matcher(written);
    if (!matcher.matches()) {
      throw new TypeConversionException("'" + written + "' is not a time; write 12h or 30d");
    }
    long count = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      default -> Duration.ofDays(count);
    };
  }
}
