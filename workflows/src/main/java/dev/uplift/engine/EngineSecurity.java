package dev.uplift.engine;

import java.nio.file.Path;

/**
 * How the connection to the Temporal server is protected. All are paths on this machine; what they
 * hold is read when it is needed, so that it can be replaced while the process runs.
 *
 * @param caFile the authorities, in PEM, of which one has signed the server's certificate; null for
 *     those that Java trusts
 * @param certFile our certificate, in PEM, with which the server knows us; null for none
 * @param keyFile its private key, in PKCS #8
 * @param serverName the name in the server's certificate, if it is not the one that is connected to
 * @param apiKeyFile a key that is sent with each call, over TLS; null for none
 * @param insecure whether an engine on another machine may be used although nobody there asks who
 *     we are
 */
public record EngineSecurity(
    Path caFile,
    Path certFile,
    Path keyFile,
    String serverName,
    Path apiKeyFile,
    boolean insecure) {
  /** For an engine on this machine. */
  public static final EngineSecurity NONE = new EngineSecurity(null, null, null, null, null, false);

  public EngineSecurity {
    if ((certFile == null) != (keyFile == null)) {
      throw new EngineSettingsException(
          "uplift.engine.tls.cert-file and uplift.engine.tls.key-file belong together:"
              + " set both, or neither");
    }
  }

  /** Whether the connection is encrypted. */
  boolean usesTls() {
    return caFile != null || certFile != null || serverName != null || apiKeyFile != null;
  }

  /** Whether the server learns who calls. */
  boolean provesWhoWeAre() {
    return certFile != null || apiKeyFile != null;
  }
}
