package dev.uplift.profile;

import java.util.regex.Pattern;

/**
 * Where an app's releases come from.
 *
 * @param url git URL without a password; with a user only where ssh needs one
 * @param credentials null for a public upstream
 */
public record Upstream(String url, Credentials credentials) {
  private static final Pattern WEB = Pattern.compile("(?i)https?://.*");
  private static final Pattern HTTPS = Pattern.compile("(?i)https://.*");
  // Strict, so that a password which makes the URL malformed is found, too.
  private static final Pattern PLAIN_WEB =
      Pattern.compile(
          "(?i)https?://([\\p{L}\\p{N}._-]+|\\[[0-9a-f:.]+])(:[0-9]{1,5})?(/[^?#\\s]*)?");
  // A user alone is no secret to ssh, and needed.
  private static final Pattern PASSWORD =
      Pattern.compile("(?i)([a-z][a-z0-9+.-]*://)?[^/@:]*:[^/@]*@.*");
  private static final Pattern SSH =
      Pattern.compile("(?i)(ssh|git\\+ssh|ssh\\+git)://.*|(?![a-z][a-z0-9+.-]*://)[^/:]+:.*");

  public Upstream {
    if (url == null || url.isBlank() || url.startsWith("-")) {
      throw new IllegalArgumentException("upstream: a url is needed");
    }
    boolean plain = !WEB.matcher(url).matches() || PLAIN_WEB.matcher(url).matches();
    if (!plain || PASSWORD.matcher(url).matches()) {
      // The value is left out of the message on purpose: it may be a password.
      throw new IllegalArgumentException(
          "upstream: the url carries a user or password, or is malformed: write what is secret into a"
              + " file on the host, and name that file in upstream.credentials");
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
