package dev.uplift.cli.engine;

import dev.uplift.engine.EngineAddress;
import dev.uplift.engine.EngineSecurity;
import dev.uplift.engine.EngineSettingsException;
import dev.uplift.prepare.EngineRequest;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** How an engine that runs already, or will, is spoken to. */
public final class EngineOptions {
  @Option(
      names = "--namespace",
      paramLabel = "NAME",
      description = "The engine's namespace, for a HOST:PORT (default: default).")
  private String namespace;

  @Option(
      names = "--engine-ca",
      paramLabel = "FILE",
      description = "The authority that signed the engine's certificate, in PEM.")
  private Path caFile;

  @Option(
      names = "--engine-cert",
      paramLabel = "FILE",
      description = "Our certificate for the engine (mutual TLS), in PEM.")
  private Path certFile;

  @Option(names = "--engine-key", paramLabel = "FILE", description = "Its private key, in PKCS #8.")
  private Path keyFile;

  @Option(
      names = "--engine-server-name",
      paramLabel = "NAME",
      description = "The name in the engine's certificate, if it is not that of HOST.")
  private String serverName;

  @Option(
      names = "--engine-api-key",
      paramLabel = "FILE",
      description = "Holds an API key for the engine.")
  private Path apiKeyFile;

  @Option(
      names = "--insecure",
      description = "Allow an engine on another machine that does not know who calls.")
  private boolean insecure;

  /**
   * @throws EngineSettingsException if the engine is on another machine and nothing protects it
   */
  public void requireProtected(EngineChoice engine) {
    if (engine.kind() != EngineChoice.Kind.ADDRESS) {
      return;
    }
    EngineSecurity security =
        new EngineSecurity(caFile, certFile, keyFile, serverName, apiKeyFile, insecure);
    new EngineAddress(engine.target(), namespace, false, security).requireProtected();
  }

  /** The same for the services of a machine that is prepared. */
  public EngineRequest request(String target) {
    return new EngineRequest(
        target, namespace, caFile, certFile, keyFile, serverName, apiKeyFile, insecure);
  }

  /** The same for the API and workers; empty for an engine of our own. */
  public Map<String, Object> settings(EngineChoice engine) {
    Map<String, Object> settings = new LinkedHashMap<>();
    if (engine.kind() == EngineChoice.Kind.ADDRESS) {
      put(settings, "namespace", namespace);
      put(settings, "tls.ca-file", absolute(caFile));
      put(settings, "tls.cert-file", absolute(certFile));
      put(settings, "tls.key-file", absolute(keyFile));
      put(settings, "tls.server-name", serverName);
      put(settings, "api-key-file", absolute(apiKeyFile));
      put(settings, "insecure", insecure);
    }
    return settings;
  }

  private static void put(Map<String, Object> settings, String key, Object value) {
    if (value != null) {
      settings.put("uplift.engine." + key, value);
    }
  }

  // The processes run in a directory of their own.
  private static Path absolute(Path file) {
    return file == null ? null : file.toAbsolutePath();
  }
}
