package dev.uplift.api;

import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What the operator decides, in {@code uplift-api.yml}, the environment or on the command line.
 *
 * @param bind the address that is listened on
 * @param port 0 takes any free one
 * @param database the file of registry, ledger and tokens
 * @param publicUrl under which others reach the API, for links; null if nobody said
 * @param behindProxy whether something before it encrypts, so that it may listen beyond loopback
 *     without doing so itself
 */
@ConfigurationProperties("uplift")
public record ApiSettings(
    @DefaultValue("127.0.0.1") InetAddress bind,
    @DefaultValue("32201") int port,
    @DefaultValue("state/registry.db") Path database,
    @DefaultValue EngineSettings engine,
    URI publicUrl,
    @DefaultValue("false") boolean behindProxy) {

  /**
   * @param target {@code host:port} of the Temporal server
   * @param embedded whether it is the embedded engine of the demo
   */
  public record EngineSettings(
      @DefaultValue("127.0.0.1:7233") String target,
      @DefaultValue("default") String namespace,
      @DefaultValue("false") boolean embedded) {}
}
