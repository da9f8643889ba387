package dev.uplift.command;

import java.util.regex.Pattern;

/** Words for commands that a person pastes into a shell; Uplift itself never uses one. */
public final class ShellWords {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

  private ShellWords() {}

  /** As it is, or quoted where a shell would understand it otherwise. */
  public static String quoted(Object word) {
    String text = word.toString();
    return PLAIN.matcher(text).matches() ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
