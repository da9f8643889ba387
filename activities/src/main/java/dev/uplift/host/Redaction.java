package dev.uplift.host;

import java.util.regex.Pattern;

/**
 * Takes secrets out of text before it leaves the host: a history, a log and a report are read by
 * many. The one place through which messages, evidence and output go.
 */
public final class Redaction {
  // Up to the last @ before the path: a password may hold one that nobody encoded.
  private static final Pattern URL_USERINFO = Pattern.compile("(?<=://)[^/\\s]+@");
  private static final Pattern HEADER =
      Pattern.compile("(?i)(authorization\\s*[:=]\\s*)(\\w+\\s+)?\\S+");
  private static final Pattern ASSIGNMENT =
      Pattern.compile(
          "(?i)\\b([\\w-]*(?:token|secret|password|passwd|api_?key)[\\w-]*\\s*[=:]\\s*)[^\\s,;&\"']+");

  private Redaction() {}

  /** {@code text} without secrets; null stays null. */
  public static String of(String text) {
    if (text == null) {
      return null;
    }
    String clean = URL_USERINFO.matcher(text).replaceAll("***@");
    clean = HEADER.matcher(clean).replaceAll("$1***");
    return ASSIGNMENT.matcher(clean).replaceAll("$1***");
  }
}
