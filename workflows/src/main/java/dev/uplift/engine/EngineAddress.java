package dev.uplift.engine;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the Temporal server is, and how it is spoken to.
 *
 * @param target {@code host:port}
 * @param embedded whether it is the Java test server of the demo, which needs sticky execution
 *     turned off
 */
public record EngineAddress(
    String target, String namespace, boolean embedded, EngineSecurity security) {
  private static final Pattern TARGET =
      Pattern.compile("([A-Za-z0-9._-]{1,253}|\\[[0-9a-fA-F:]{2,45}]):([0-9]{1,5})");
  private static final int HIGHEST_PORT = 65_535;

  public EngineAddress {
    Objects.requireNonNull(target, "target");
    Matcher parts = TARGET.matcher(target);
    if (!parts.matches() || Integer.parseInt(parts.group(2)) > HIGHEST_PORT) {
      throw new EngineSettingsException(
          "'" + target + "' is not the address of an engine: write HOST:PORT");
    }
    namespace = namespace == null ? "default" : namespace;
    security = security == null ? EngineSecurity.NONE : security;
  }

  /** An engine on this machine. */
  public EngineAddress(String target, String namespace, boolean embedded) {
    this(target, namespace, embedded, EngineSecurity.NONE);
  }

  /**
   * Whoever reaches the engine runs commands on hosts, and whoever reads the connection to it can
   * do the same.
   *
   * @throws EngineSettingsException if it is on another machine and does not learn who calls
   */
  public void requireProtected() {
    if (security.provesWhoWeAre() || security.insecure() || isOfThisMachine()) {
      return;
    }
    throw new EngineSettingsException(
        "the engine "
            + target
            + " is on another machine, and whoever reaches it runs commands on the hosts of the"
            + " tenants: set uplift.engine.tls.cert-file and key-file (mutual TLS) or"
            + " uplift.engine.api-key-file; or uplift.engine.insecure=true (--insecure) on a"
            + " network where nobody else is");
  }

  private boolean isOfThisMachine() {
    String host = target.substring(0, target.lastIndexOf(':'));
    try {
      return Arrays.stream(InetAddress.getAllByName(host)).allMatch(InetAddress::isLoopbackAddress);
    } catch (UnknownHostException unknown) {
      throw new EngineSettingsException(
          "the host of the engine " + target + " is unknown", unknown);
    }
  }
}
