package dev.uplift.dependency;

import java.util.regex.Pattern;

/** Takes passwords out of what installers print: index URLs may carry them. */
final class Redaction {
  // Greedy up to the last '@' before the path: a password may hold an '@' that nobody encoded.
  private static final Pattern USER_INFO = Pattern.compile("(?<=://)[^/\\s]+@");

  private Redaction() {}

  static String withoutUserInfo(String output) {
    return USER_INFO.matcher(output).replaceAll("***@");
  }
}
