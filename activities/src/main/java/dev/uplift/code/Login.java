package dev.uplift.code;

import java.util.List;
import java.util.Optional;
import org.eclipse.jgit.transport.URIish;

/** A user and a password for an upstream. */
record Login(String user, String password) {
  // The user beside a token is a mere placeholder to the servers that take one.
  private static final String TOKEN_USER = "x-access-token";
  private static final int SHORTEST_SECRET = 4;

  /** What a URL carries, if anything. A token may stand in the place of the user. */
  static Optional<Login> in(URIish uri) {
    return uri.getUser() == null && uri.getPass() == null
        ? Optional.empty()
        : Optional.of(new Login(orEmpty(uri.getUser()), orEmpty(uri.getPass())));
  }

  /**
   * @param content a token, or user and password with a colon between them
   */
  static Login ofTokenFile(String content) {
    int colon = content.indexOf(':');
    return colon < 0
        ? new Login(TOKEN_USER, content)
        : new Login(content.substring(0, colon), content.substring(colon + 1));
  }

  /** {@code text} without this login. */
  String scrub(String text) {
    String clean = text;
    for (String secret : List.of(password, user)) {
      if (secret.length() >= SHORTEST_SECRET && !secret.equals(TOKEN_USER)) {
        clean = clean.replace(secret, "***");
      }
    }
    return clean;
  }

  private static String orEmpty(String text) {
    return text == null ? "" : text;
  }

  /** Without what it holds: records are printed by whoever holds them. */
  @Override
  public String toString() {
    return "Login[***]";
  }
}
