package dev.uplift.cli.engine;

import dev.uplift.engine.EngineAddress;
import dev.uplift.engine.EngineSettingsException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Which Temporal server somebody asked for.
 *
 * @param target {@code host:port}, for an {@link Kind#ADDRESS} only
 */
public record EngineChoice(Kind kind, String target) {

  public enum Kind {
    /** The real development server if its binary is there, else the embedded one where allowed. */
    AUTO,
    EMBEDDED,
    DEV_SERVER,
    /** One that runs already. */
    ADDRESS
  }

  public static EngineChoice of(String written) {
    return switch (written) {
      case "auto" -> new EngineChoice(Kind.AUTO, null);
      case "embedded" -> new EngineChoice(Kind.EMBEDDED, null);
      case "dev-server" -> new EngineChoice(Kind.DEV_SERVER, null);
      default -> address(written);
    };
  }

  private static EngineChoice address(String written) {
    try {
      return new EngineChoice(Kind.ADDRESS, new EngineAddress(written, null, false).target());
    } catch (EngineSettingsException notAnAddress) {
      throw new IllegalArgumentException(
          "'" + written + "' is not auto, embedded, dev-server or HOST:PORT", notAnAddress);
    }
  }

  public static final class Converter implements ITypeConverter<EngineChoice> {
    @Override
    public EngineChoice convert(String written) {
      try {
        return of(written);
      } catch (IllegalArgumentException wrong) {
        throw new TypeConversionException(wrong.getMessage());
      }
    }
  }
}
