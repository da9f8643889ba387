package dev.uplift.code;

import dev.uplift.host.StepFailure;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.Credentials;
import dev.uplift.upgrade.FailureKind;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
import org.eclipse.jgit.transport.URIish;

/**
 * Where releases are fetched from.
 *
 * @param uri absolute; without a password, and with a user only where ssh needs one
 * @param login what a checkout's own origin carries in its URL; null if nothing
 * @param credentials null if the profile names none
 */
record FetchSource(URIish uri, Login login, Credentials credentials) {
  private static final Set<String> SSH = Set.of("ssh", "git+ssh", "ssh+git");
  private static final Set<String> SCHEMES = Set.of("file", "http", "https", "git");
  private static final Pattern USER_INFO = Pattern.compile("(?i)([a-z][a-z0-9+.-]*://)[^/\\s]+@");
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
      throw unreadable();
    }
    boolean local = uri.getScheme() == null || uri.getScheme().equals("file");
    if (local ? uri.getScheme() == null && url.contains("://") : isEmpty(uri.getHost())) {
      throw unreadable();
    }
    FetchSource source = new FetchSource(uri.setPass(null), null, credentials);
    if (source.isSsh()) {
      return source.requireKey();
    }
    if (uri.getScheme() == null) {
      uri = uri.setPath(relativeTo.resolve(uri.getPath()).normalize().toString());
    } else if (!SCHEMES.contains(uri.getScheme())) {
      throw new StepFailure(
          FailureKind.PROFILE_INVALID,
          "Fetching over " + uri.getScheme() + " is not supported.",
          null,
          "Give an https or ssh URL or a path as 'upstream.url' in the app's profile.");
    }
    // JGit writes the URL's user into its files and messages, so it never gets to know it.
    return new FetchSource(
        uri.setUser(null).setPass(null), Login.in(uri).orElse(null), credentials);
  }

  private static boolean isEmpty(String text) {
    return text == null || text.isEmpty();
  }

  // Without the URL, and without the exception that repeats it: nobody knows where in a malformed
  // one the password is.
  private static StepFailure unreadable() {
    return new StepFailure(
        FailureKind.PROFILE_INVALID,
        "The URL of the upstream cannot be read.",
        null,
        "Correct 'upstream.url' in the app's profile, or the checkout's origin.");
  }

  private FetchSource requireKey() {
    if (credentials == null || credentials.sshKey() == null) {
      throw new StepFailure(
          FailureKind.PROFILE_INVALID,
          "The upstream is reached over ssh, and the profile names no key for it.",
          shown(),
          "Set 'upstream: {url: ..., credentials: {ssh_key: ..., known_hosts: ...}}' in the app's"
              + " profile; keys of the worker's user are not taken.");
    }
    return this;
  }

  /** What tells this source from every other, secrets included: to be hashed, never shown. */
  String identity() {
    URIish whole = login == null ? uri : uri.setUser(login.user()).setPass(login.password());
    String access =
        credentials == null ? "" : "\n" + credentials.tokenFile() + "\n" + credentials.sshKey();
    return whole.toPrivateString() + access;
  }

  /** The address for people: without user, password and query. */
  String shown() {
    return scrubUserInfo(uri.setUser(null).toString());
  }

  /** What a person runs to see whether the upstream answers. */
  String tryByHand() {
    if (!isSsh()) {
      return "git ls-remote " + shown();
    }
    String port = uri.getPort() > 0 ? " -p " + uri.getPort() : "";
    String user = uri.getUser() == null ? "" : " -l " + uri.getUser();
    return "ssh -T -F none -o IdentitiesOnly=yes -i "
        + credentials.sshKey()
        + " -o UserKnownHostsFile="
        + credentials.knownHosts()
        + port
        + user
        + " "
        + uri.getHost();
  }

  boolean isSsh() {
    return uri.getScheme() == null ? uri.getHost() != null : SSH.contains(uri.getScheme());
  }

  boolean isWeb() {
    return "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
  }

  /** {@code text} without anything secret of this source. */
  String scrub(String text) {
    String clean = scrubUserInfo(String.valueOf(text));
    return login == null ? clean : login.scrub(clean);
  }

  private static String scrubUserInfo(String text) {
    return QUERY.matcher(USER_INFO.matcher(text).replaceAll("$1")).replaceAll("$1");
  }
}
