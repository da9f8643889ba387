package dev.uplift.cli.console;

import dev.uplift.release.Tag;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The name of a release, told to be wrong before anybody is asked. */
public final class TagConverter implements ITypeConverter<String> {
  @Override
  public String convert(String value) {
    if (!Tag.isValid(value)) {
      throw new TypeConversionException("'" + value + "' is not a release, like v1.2.3");
    }
    return value;
  }
}
