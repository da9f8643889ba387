package dev.uplift.cli;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Which Temporal server somebody asked for.
 *
 * @param target {@code host:port}, for an {@link Kind#ADDRESS} only
 */
record EngineChoice(Kind kind, String target) {
  private static final Pattern ADDRESS =
      Pattern.compile("([A-Za-z0-9._-]{1,253}|\\[[0-9a-fA-F:]{2,45}]):([0-9]{1,5})");

  enum Kind {
    /** The real development server if its binary is there, else the embedded one where allowed. */
    AUTO,
    EMBEDDED,
    DEV_SERVER,
    /** One that runs already. */
    ADDRESS
  }

  static EngineChoice of(String written) {
    return switch (written) {
      case "auto" -> new EngineChoice(Kind.AUTO, null);
      case "embedded" -> new EngineChoice(Kind.EMBEDDED, null);
      case "dev-server" -> new EngineChoice(Kind.DEV_SERVER, null);
      default -> address(written);
    };
  }

  private static EngineChoice address(String written) {
    var matcher = ADDRESS.matcher(written);
    if (!matcher.matches() || Integer.parseInt(matcher.group(2)) > 65535) {
      throw new IllegalArgumentException(
          "'" + written + "' is not auto, embedded, dev-server or HOST:PORT");
    }
    return new EngineChoice(Kind.ADDRESS, written);
  }

  /**
   * Whoever reaches the engine runs commands on hosts, and the connection is neither encrypted nor
   * authenticated.
   *
   * @throws CommandFailure if it is on another machine
   */
  void requireLoopback() {
    if (kind != Kind.ADDRESS) {
      return;
    }
    String host = target.substring(0, target.lastIndexOf(':'));
    try {
      if (InetAddress.getByName(host).isLoopbackAddress()) {
        return;
      }
    } catch (UnknownHostException unknown) {
      throw new CommandFailure("the engine's host " + host + " is unknown", unknown);
    }
    throw new CommandFailure(
        "the engine "
            + target
            + " is on another machine, and whoever reads or reaches that connection runs commands"
            + " here: use a tunnel to it, or --insecure on a network where nobody else is");
  }

  static final class Converter implements ITypeConverter<EngineChoice> {
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
