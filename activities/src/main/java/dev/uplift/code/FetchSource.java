package dev.uplift.code;

import dev.uplift.host.StepFailure;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.Credentials;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.eclipse.jgit.transport.CredentialsProvider;
import org.eclipse.jgit.transport.URIish;
import org.eclipse.jgit.transport.UsernamePasswordCredentialsProvider;

/**
 * Where releases are fetched from.
 *
 * @param uri absolute; may carry a user and a password, so it is never shown as it is
 * @param credentials null if none are needed, or the uri carries them
 */
record FetchSource(URIish uri, Credentials credentials) {
  private static final Set<String> SCHEMES = Set.of("file", "http", "https", "git");
  private static final Pattern USER_INFO = Pattern.compile("(?i)([a-z][a-z0-9+.-]*://)[^/@\\s]+@");
  private static final Pattern QUERY = Pattern.compile("(https?://[^\\s?]*)\\?\\S*");

  /** The profile's upstream, or else the checkout's own {@code origin}. */
  static FetchSource of(AppProfile profile, Checkout checkout) {
    if (profile.upstream() != null) {
      return parse(
          profile.upstream().url(), checkout.directory(), profile.upstream().credentials());
    }
    String origin =
        checkout
            .originUrl()
            .orElseThrow(
                () ->
                    new StepFailure(
                        FailureKind.PROFILE_INVALID,
                        "Nobody says where releases come from: the profile has no upstream, and the checkout has no"
                            + " origin.",
                        null,
                        "Set 'upstream: {url: ...}' in the app's profile, or run 'git remote add origin <url>' in the"
                            + " checkout."));
    return parse(origin, checkout.directory(), null);
  }

  static FetchSource parse(String url, Path relativeTo, Credentials credentials) {
    URIish uri;
    try {
      uri = new URIish(url);
    } catch (URISyntaxException malformed) {
      // The exception repeats the URL, with whatever password is in it.
      throw new StepFailure(
          FailureKind.PROFILE_INVALID,
          "The URL of the upstream cannot be read.",
          scrubUserInfo(url),
          "Correct 'upstream.url' in the app's profile, or the checkout's origin.");
    }
    boolean ssh = uri.getScheme() == null ? uri.getHost() != null : uri.getScheme().contains("ssh");
    if (ssh || (credentials != null && credentials.sshKey() != null)) {
      throw new StepFailure(
          FailureKind.PROFILE_INVALID,
          "Fetching over ssh is not supported yet.",
          scrubUserInfo(uri.setPass(null).setUser(null).toString()),
          "Give an https URL as 'upstream.url' in the app's profile, with a token_file if it needs one.");
    }
    if (uri.getScheme() == null) {
      uri = uri.setPath(relativeTo.resolve(uri.getPath()).normalize().toString());
    } else if (!SCHEMES.contains(uri.getScheme())) {
      throw new StepFailure(
          FailureKind.PROFILE_INVALID,
          "Fetching over " + uri.getScheme() + " is not supported.",
          null,
          "Give an https URL or a path as 'upstream.url' in the app's profile.");
    }
    return new FetchSource(uri, credentials);
  }

  /** The address for people: without user, password and query. */
  String shown() {
    return scrubUserInfo(uri.setUser(null).setPass(null).toString());
  }

  /** {@code text} without anything secret of this source. */
  String scrub(String text) {
    String clean = scrubUserInfo(String.valueOf(text));
    for (String secret : new String[] {uri.getPass(), uri.getUser()}) {
      if (secret != null && secret.length() > 3) {
        clean = clean.replace(secret, "***");
      }
    }
    return clean;
  }

  private static String scrubUserInfo(String text) {
    return QUERY.matcher(USER_INFO.matcher(text).replaceAll("$1")).replaceAll("$1");
  }

  /** Empty when JGit is to use what the uri carries, if anything. */
  Optional<CredentialsProvider> credentialsProvider() {
    if (credentials == null) {
      return Optional.empty();
    }
    if (!"https".equals(uri.getScheme())) {
      throw new StepFailure(
          FailureKind.PROFILE_INVALID,
          "A token is only sent over https.",
          shown(),
          "Give an https URL as 'upstream.url', or leave out its credentials.");
    }
    try {
      String token = Files.readString(Path.of(credentials.tokenFile())).strip();
      int colon = token.indexOf(':');
      // The user beside a token is a mere placeholder to the servers that take one.
      String user = colon < 0 ? "x-access-token" : token.substring(0, colon);
      return Optional.of(new UsernamePasswordCredentialsProvider(user, token.substring(colon + 1)));
    } catch (IOException unreadable) {
      throw new StepFailure(
          FailureKind.FETCH_UNREACHABLE,
          "The token for the upstream cannot be read.",
          unreadable.toString(),
          "Put the token into " + credentials.tokenFile() + ", readable by the worker's user.");
    }
  }
}
