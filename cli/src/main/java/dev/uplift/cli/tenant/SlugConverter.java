package dev.uplift.cli.tenant;

import dev.uplift.tenant.Slug;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the id of a tenant. */
final class SlugConverter implements ITypeConverter<Slug> {
  @Override
  public Slug convert(String written) {
    try {
      return Slug.of(written);
    } catch (IllegalArgumentException notOne) {
      throw new TypeConversionException(notOne.getMessage());
    }
  }
}
