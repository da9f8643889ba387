package dev.uplift.rollout;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many failed tenants a rollout bears before it halts: so many, or so many of a hundred of all
 * its tenants. Over the whole rollout, not for each wave.
 */
public record FailureLimit(int number, boolean isPercent) {
  public static final FailureLimit NONE = new FailureLimit(0, false);
  private static final int MOST = 1_000_000;
  private static final Pattern TEXT = Pattern.compile("(\\d{1,6})(%?)");

  public FailureLimit {
    if (number < 0) {
      throw new IllegalArgumentException("must not be negative");
    }
    if (isPercent && number > 100) {
      throw new IllegalArgumentException("at most 100%");
    }
  }

  /**
   * @param text {@code 3} or {@code 10%}
   */
  @JsonCreator
  public static FailureLimit of(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "a number of tenants like 3, or a part of them like \"10%\"");
    }
    return new FailureLimit(Integer.parseInt(matcher.group(1)), !matcher.group(2).isEmpty());
  }

  @JsonCreator
  public static FailureLimit of(long tenants) {
    if (tenants > MOST) {
      throw new IllegalArgumentException("at most " + MOST);
    }
    // What is negative stays so: far below, it would be cut to another number.
    return new FailureLimit((int) Math.max(-1, tenants), false);
  }

  /**
   * How many may fail without a halt. Of a percentage only whole tenants count: 10 % of 19 is 1.
   */
  public int tolerated(int tenants) {
    return isPercent ? (int) ((long) tenants * number / 100) : number;
  }

  @JsonValue
  @Override
  public String toString() {
    return isPercent ? number + "%" : Integer.toString(number);
  }
}
