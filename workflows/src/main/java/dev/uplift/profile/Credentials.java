package dev.uplift.profile;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Paths on the host of what an upstream asks for; never the secrets themselves. */
public record Credentials(
    @JsonProperty("token_file") String tokenFile,
    @JsonProperty("ssh_key") String sshKey,
    @JsonProperty("known_hosts") String knownHosts) {
  public Credentials {
    requireAbsolute("token_file", tokenFile);
    requireAbsolute("ssh_key", sshKey);
    requireAbsolute("known_hosts", knownHosts);
    if ((tokenFile == null) == (sshKey == null)) {
      throw new IllegalArgumentException("credentials: either token_file or ssh_key is needed");
    }
  }

  private static void requireAbsolute(String key, String path) {
    if (path != null && !path.startsWith("/")) {
      throw new IllegalArgumentException(key + ": an absolute path on the host is needed");
    }
  }
}
