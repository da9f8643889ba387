package dev.uplift.prepare;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How the Temporal server is to be reached; what is null is as it was, or has a default.
 *
 * @param target its {@code host:port}
 * @param caFile the authority that signed its certificate
 * @param certFile our certificate
 * @param keyFile its key
 * @param serverName the name in the server's certificate
 * @param apiKeyFile holds an API key
 * @param insecure whether a connection that nothing protects is accepted
 */
public record EngineRequest(
    String target,
    String namespace,
    Path caFile,
    Path certFile,
    Path keyFile,
    String serverName,
    Path apiKeyFile,
    boolean insecure) {
  /** Nothing is asked. */
  public static final EngineRequest AS_IT_IS =
      new EngineRequest(null, null, null, null, null, null, null, false);

  /** This request, completed by what a service that runs here already has. */
  EngineRequest elseAs(EngineSettings other) {
    return new EngineRequest(
        target == null ? other.target() : target,
        namespace == null ? other.namespace() : namespace,
        caFile == null ? other.caFile() : caFile,
        certFile == null ? other.certFile() : certFile,
        keyFile == null ? other.keyFile() : keyFile,
        serverName == null ? other.serverName() : serverName,
        apiKeyFile == null ? other.apiKeyFile() : apiKeyFile,
        insecure || other.insecure());
  }

  /** Where each of the given files is copied to, for a service that has its own in a directory. */
  Map<Path, Path> copies(Path directory) {
    EngineSettings placed = EngineSettings.DEFAULT.with(this, directory);
    Map<Path, Path> sources = new LinkedHashMap<>();
    put(sources, placed.caFile(), caFile);
    put(sources, placed.certFile(), certFile);
    put(sources, placed.keyFile(), keyFile);
    put(sources, placed.apiKeyFile(), apiKeyFile);
    return sources;
  }

  private static void put(Map<Path, Path> sources, Path copy, Path source) {
    if (source != null) {
      sources.put(copy, source.toAbsolutePath().normalize());
    }
  }
}
