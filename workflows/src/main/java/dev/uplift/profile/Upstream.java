package dev.uplift.profile;

/**
 * Where an app's releases come from.
 *
 * @param url git URL without user or password
 * @param credentials null for a public upstream
 */
public record Upstream(String url, Credentials credentials) {
  public Upstream {
    if (url == null || url.isBlank() || url.startsWith("-")) {
      throw new IllegalArgumentException("upstream: a url is needed");
    }
    if (url.matches("(?i)https?://[^/]*@.*")) {
      // The value is left out of the message on purpose: it may be a password.
      throw new IllegalArgumentException(
          "upstream: the url carries a user or password; name a file in credentials instead");
    }
  }
}
