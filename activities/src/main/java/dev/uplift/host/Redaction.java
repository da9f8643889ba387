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

  // Up to the last @ before the path: a password may hold one that nobody encoded. Some encoders of
  // JSON write \/ for a slash.
  private static final Pattern URL_USERINFO = Pattern.compile("(?<=:\\\\?/\\\\?/)[^/\\s]+@");

  private static final Pattern PRIVATE_KEY =
      Pattern.compile("(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*-----|\\z)");

  // Scripts print what they have in many ways: as KEY=value, as JSON, as Python's or Ruby's maps.
  private static final String QUOTE = "\\\\*[\"']?";
  // To the next quote that is none of the value's own.
  private static final String QUOTED = "(?s:\\\\*(?:\".*?(?<!\\\\)\"|'.*?(?<!\\\\)'))";
  private static final String SECRET_NAME =
      "[\\w-]*(?:token|secret|passw(?:or)?d|passphrase|credential|(?:api|access|private)[_-]?key)"
          + "[\\w-]*(?<!file|path)";
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
  private static final Pattern OPTION =
      Pattern.compile("(?i)((?<![\\w-])--" + SECRET_NAME + "\\s+)(?!-)\\S+");

  private Redaction() {}

  /** {@code text} without secrets; null stays null. */
  public static String of(String text) {
    if (text == null) {
      return null;
    }
    String clean = PRIVATE_KEY.matcher(text).replaceAll("***");
    clean = URL_USERINFO.matcher(clean).replaceAll("***@");
    for (Pattern secret : List.of(HEADER, BEARER, LINE, ASSIGNMENT, OPTION)) {
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
