package dev.uplift.profile;

import java.util.regex.Pattern;

/**
 * Where an app's releases come from.
 *
 * @param url git URL without user or password
 * @param credentials null for a public upstream
 */
public record Upstream(String url, Credentials credentials) {
  // A user alone is no secret to ssh, and needed; to a web server it may be a token.
  private static final Pattern SECRET =
      Pattern.compile("(?i)https?://[^/]*@.*|([a-z][a-z0-9+.-]*://)?[^/@:]*:[^/@]*@.*");

  public Upstream {
    if (url == null || url.isBlank() || url.startsWith("-")) {
      throw new IllegalArgumentException("upstream: a url is needed");
    }
    if (SECRET.matcher(url).matches()) {
      // The value is left out of the message on purpose: it may be a password.
      throw new IllegalArgumentException(
          "upstream: the url carries a user or password, which would be shown to everybody who reads"
              + " the registry: write it into a file on the host and name that file in"
              + " upstream.credentials");
    }
  }
}
