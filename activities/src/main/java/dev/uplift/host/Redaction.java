package dev.uplift.host;

import dev.uplift.upgrade.StepResult;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Takes secrets out of text before it leaves the host: a history, a log and a report are read by
 * many. The one place through which messages, evidence and output go.
 */
public final class Redaction {
  private static final int DEEPEST_CAUSE = 20;

  // Some encoders of JSON write \/ for a slash.
  private static final String SLASHES = ":\\\\?/\\\\?/";
  // user:password@, where the password may hold a slash that nobody encoded. What looks like a port
  // is one: http://host:8080/?mail=a@b has no user.
  private static final String WITH_SLASH =
      "[^/\\s:@\"']{0,256}+:(?!\\d{1,5}(?:[,?#]|\\\\?/))[^\\s\"']{0,256}@";

  // Clients of databases take all up to the last @.
  private static final Pattern DATABASE_USERINFO =
      Pattern.compile("(?i)((?<!https?|wss?|ssh|ftp)" + SLASHES + ")" + WITH_SLASH);

  // Those of the web only what is before the path, but may be given something else by mistake. Of
  // several @ before the path the last one counts: a password may hold one that nobody encoded.
  private static final Pattern URL_USERINFO =
      Pattern.compile("(?<=" + SLASHES + ")(?:[^/\\s]+@|" + WITH_SLASH + ")");

  private static final Pattern PRIVATE_KEY =
      Pattern.compile("(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*-----|\\z)");

  // Of a log that was cut, the lines with which a key ends may be all that is left of it.
  private static final Pattern END_OF_PRIVATE_KEY =
      Pattern.compile(
          "(?m)(?:^[ \\t]*[A-Za-z0-9+/=]{4,}[ \\t]*\\R){1,120}+[ \\t]*-----END [A-Z ]*PRIVATE KEY-----");

  // Scripts print what they have in many ways: as KEY=value, as JSON, as Python's or Ruby's maps.
  private static final String QUOTE = "\\\\*[\"']?";
  // To the next quote that is none of the value's own.
  private static final String QUOTED = "(?s:\\\\*(?:\".*?(?<!\\\\)\"|'.*?(?<!\\\\)'))";
  // Of what ends in key, these are columns, indexes and the like, or no secret.
  private static final String NO_SECRET_KEY =
      "(?<!primary|foreign|unique|public|sort|partition|index|group|cache|lookup|row)";
  private static final String SECRET_NAME =
      "(?:[\\w-]*(?:token|secret|passw(?:or)?d|passphrase|credential|(?:api|access|private)[_-]?key)"
          + "[\\w-]*(?<!file|path)"
          // With something before it: PWD is a directory, a test may pass, a map has a key.
          + "|[\\w-]*\\w(?:[_-](?:pass|pwd)|(?-i:(?<=[a-z0-9])P(?:ass|wd))|"
          + NO_SECRET_KEY
          + "(?:[_-]key|(?-i:(?<=[a-z0-9])Key)))(?:[_-]?v?\\d{1,4})?)";
  // A package whose name sounds like that is asked for as tokenizers==0.15.
  private static final String IS = "\\s*(?!==\\d)(?:={1,3}>?|:(?!:))\\s*";

  private static final Pattern HEADER =
      Pattern.compile(
          "(?i)((?:authorization|cookie)" + QUOTE + IS + ")(?:" + QUOTED + "|[^\\r\\n]+)");
  private static final Pattern BEARER = Pattern.compile("(?i)(\\bbearer\\s+)[\\w.~+/=-]+");

  /** A line of {@code env} or of a {@code .env} file, whose value may have spaces. */
  private static final Pattern LINE =
      Pattern.compile("(?im)^((?:export\\s+)?" + SECRET_NAME + "=)(?!=)[^\"'\\s][^\\r\\n]*$");

  private static final Pattern ASSIGNMENT =
      Pattern.compile(
          "(?i)((?<![\\w-])"
              + SECRET_NAME
              + QUOTE
              + IS
              + "(?:b(?=[\"']))?)(?:"
              + QUOTED
              + "|\\S+)");
  // Of tests one says as well that they pass, but then without quotes.
  private static final Pattern QUOTED_PASS =
      Pattern.compile("(?i)((?<![\\w-])pass" + QUOTE + IS + ")" + QUOTED);
  private static final Pattern OPTION =
      Pattern.compile("(?i)((?<![\\w-])--" + SECRET_NAME + "\\s+)(?!-)\\S+");

  private Redaction() {}

  /** {@code text} without secrets; null stays null. */
  public static String of(String text) {
    if (text == null) {
      return null;
    }
    String clean = PRIVATE_KEY.matcher(text).replaceAll("***");
    // Looked for line by line, which takes its time where every line could be one of a key.
    if (clean.contains("PRIVATE KEY-----")) {
      clean = END_OF_PRIVATE_KEY.matcher(clean).replaceAll("***");
    }
    clean = DATABASE_USERINFO.matcher(clean).replaceAll("$1***@");
    clean = URL_USERINFO.matcher(clean).replaceAll("***@");
    for (Pattern secret : List.of(HEADER, BEARER, LINE, ASSIGNMENT, QUOTED_PASS, OPTION)) {
      clean = secret.matcher(clean).replaceAll("$1***");
    }
    return clean;
  }

  static List<String> of(List<String> texts) {
    return texts.stream().map(Redaction::of).toList();
  }

  /** What a step did, without secrets, and cut. */
  static StepResult of(StepResult result) {
    return new StepResult(
        of(result.summary()), Tail.of(of(result.output())), of(result.warnings()), result.facts());
  }

  /**
   * An exception as a log may have it: the same places in the code, and the same words without
   * secrets.
   */
  public static Throwable of(Throwable thrown) {
    return of(thrown, 0);
  }

  private static Throwable of(Throwable thrown, int depth) {
    if (thrown == null || depth > DEEPEST_CAUSE) {
      return null;
    }
    Throwable clean = new Redacted(of(thrown.toString()), of(thrown.getCause(), depth + 1));
    clean.setStackTrace(thrown.getStackTrace());
    for (Throwable suppressed : thrown.getSuppressed()) {
      Throwable other = of(suppressed, depth + 1);
      if (other != null) {
        clean.addSuppressed(other);
      }
    }
    return clean;
  }

  private static final class Redacted extends Exception {
    private static final long serialVersionUID = 1L;

    Redacted(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
