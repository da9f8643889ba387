package dev.uplift.api.web;

/** Why somebody asks for something, for the audit log. */
public final class Reason {
  private static final int MOST_CHARACTERS = 500;

  private Reason() {}

  /**
   * @param reason null if none was given
   * @throws IllegalArgumentException if it is not one line of a moderate length
   */
  public static void require(String reason) {
    if (reason != null
        && (reason.length() > MOST_CHARACTERS
            || reason.chars().anyMatch(Character::isISOControl))) {
      throw new IllegalArgumentException(
          "reason: one line of at most " + MOST_CHARACTERS + " characters");
    }
  }
}
