package dev.uplift.cli.client;

import picocli.CommandLine.Option;

/** The options of a client command that say where the server is. */
public final class ConnectionOptions {
  @Option(
      names = "--server",
      paramLabel = "URL",
      description =
          "The server; else UPLIFT_URL, 'url' in ~/.config/uplift/config.yml, or"
              + " http://127.0.0.1:32201.")
  private String url;

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      description =
          "The token; better UPLIFT_TOKEN or 'token' in that file, which other users"
              + " cannot see.")
  private String token;

  @Option(
      names = "--ca-file",
      paramLabel = "FILE",
      description =
          "Certificates in PEM that vouch for an https server; else UPLIFT_CA_FILE, 'ca_file' in"
              + " that file, or those of this Java.")
  private String caFile;

  public Connection resolve() {
    return Connection.resolve(url, token, caFile, System.getenv());
  }
}
