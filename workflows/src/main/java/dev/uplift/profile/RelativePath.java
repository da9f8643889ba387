package dev.uplift.profile;

/** Paths of a profile are inside the checkout, whoever wrote the profile. */
final class RelativePath {
  private RelativePath() {}

  static String require(String key, String path) {
    if (path == null || path.isBlank()) {
      throw new IllegalArgumentException(key + ": a path is needed");
    }
    boolean leavesCheckout =
        path.startsWith("/") || path.startsWith("-") || ("/" + path + "/").contains("/../");
    boolean touchesGit = ("/" + path + "/").contains("/.git/");
    boolean odd = path.chars().anyMatch(c -> c < ' ' || c == '*' || c == '?' || c == '\\');
    if (leavesCheckout || touchesGit || odd || path.length() > 255) {
      throw new IllegalArgumentException(
          key
              + ": '"
              + path.replaceAll("\\p{Cntrl}", "?")
              + "' is not a plain path inside the checkout");
    }
    return path;
  }
}
