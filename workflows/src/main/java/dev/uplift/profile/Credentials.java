package dev.uplift.profile;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * Paths on the host of what an upstream asks for; never the secrets themselves.
 *
 * @param tokenFile a token, or user and password as {@code user:password}; for https
 * @param sshKey a private key without a passphrase
 * @param knownHosts the keys that the ssh server may have; nothing else is accepted
 * @param caFile certificates of the authorities that may sign the https server's; null for those
 *     that Java trusts
 */
public record Credentials(
    @JsonProperty("token_file") String tokenFile,
    @JsonProperty("ssh_key") String sshKey,
    @JsonProperty("known_hosts") String knownHosts,
    @JsonProperty("ca_file") String caFile) {
  public Credentials {
    requireAbsolute("token_file", tokenFile);
    requireAbsolute("ssh_key", sshKey);
    requireAbsolute("known_hosts", knownHosts);
    requireAbsolute("ca_file", caFile);
    if (tokenFile == null && sshKey == null && caFile == null) {
      throw new IllegalArgumentException(
          "credentials: token_file, ssh_key or ca_file is needed; known_hosts belongs to ssh_key");
    }
    if (sshKey != null && (tokenFile != null || caFile != null)) {
      throw new IllegalArgumentException(
          "credentials: ssh_key is for ssh, token_file and ca_file are for https: not both");
    }
    if ((sshKey == null) != (knownHosts == null)) {
      throw new IllegalArgumentException(
          "credentials: ssh_key and known_hosts belong together, or nobody knows who is at the"
              + " other end");
    }
  }

  private static void requireAbsolute(String key, String path) {
    if (path != null && !path.startsWith("/")) {
      throw new IllegalArgumentException(key + ": an absolute path on the host is needed");
    }
  }
}
