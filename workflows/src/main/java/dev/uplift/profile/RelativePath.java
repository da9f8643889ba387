package dev.uplift.profile;

/** Paths of a profile are inside the checkout, whoever wrote the profile. */
final class RelativePath {
  private RelativePath() {}

  /** Whether two paths are the same, or one is in a directory that the other names. */
  static boolean overlap(String one, String other) {
    return (one + "/").startsWith(other + "/") || (other + "/").startsWith(one + "/");
  }

  static String require(String key, String path) {
    if (path == null || path.isBlank()) {
      throw new IllegalArgumentException(key + ": a path is needed");
    }
    boolean leavesCheckout =
        path.startsWith("/") || path.startsWith("-") || ("/" + path + "/").contains("/../");
    // One place has one name: "dist/" in a list of ignored files is not a link of that name.
    boolean roundabout =
        path.contains("//") || path.endsWith("/") || ("/" + path + "/").contains("/./");
    boolean touchesGit = ("/" + path + "/").contains("/.git/");
    boolean odd = path.chars().anyMatch(c -> c < ' ' || c == '*' || c == '?' || c == '\\');
    if (leavesCheckout || roundabout || touchesGit || odd || path.length() > 255) {
      throw new IllegalArgumentException(
          key
              + ": '"
              + path.replaceAll("\\p{Cntrl}", "?")
              + "' is not a plain path inside the checkout");
    }
    return path;
  }
}
