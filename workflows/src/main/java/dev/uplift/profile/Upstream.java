package dev.uplift.profile;

import java.util.regex.Pattern;

/**
 * Where an app's releases come from.
 *
 * @param url git URL without a password; with a user only where ssh needs one
 * @param credentials null for a public upstream
 */
public record Upstream(String url, Credentials credentials) {
  private static final Pattern HTTPS = Pattern.compile("(?i)https://.*");
  private static final Pattern WEB_SECRET = Pattern.compile("(?i)https?://([^/]*@|[^?]*\\?).*");
  private static final Pattern PASSWORD =
      Pattern.compile("(?i)[a-z][a-z0-9+.-]*://[^/@]*:[^/]*@.*");
  private static final Pattern SSH =
      Pattern.compile("(?i)(ssh|git\\+ssh|ssh\\+git)://.*|(?![a-z][a-z0-9+.-]*://)[^/:]+:.*");

  public Upstream {
    if (url == null || url.isBlank() || url.startsWith("-")) {
      throw new IllegalArgumentException("upstream: a url is needed");
    }
    if (WEB_SECRET.matcher(url).matches() || PASSWORD.matcher(url).matches()) {
      // The value is left out of the message on purpose: it may be a password.
      throw new IllegalArgumentException(
          "upstream: the url carries a user, password or query; name a file in credentials instead");
    }
    if (credentials != null) {
      if (credentials.sshKey() != null && !SSH.matcher(url).matches()) {
        throw new IllegalArgumentException(
            "upstream: an ssh_key goes with a url like ssh://git@host/path or git@host:path");
      }
      if (credentials.sshKey() == null && !HTTPS.matcher(url).matches()) {
        throw new IllegalArgumentException("upstream: token_file and ca_file go with an https url");
      }
    }
  }
}
