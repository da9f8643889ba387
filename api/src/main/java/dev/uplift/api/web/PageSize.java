package dev.uplift.api.web;

/** How many rows an answer has at most. */
public record PageSize(int rows) {
  private static final int MAX = 500;

  /** Called by Spring for the parameter {@code limit}. */
  public static PageSize of(String written) {
    if (!written.matches("[0-9]{1,3}")
        || Integer.parseInt(written) < 1
        || Integer.parseInt(written) > MAX) {
      throw new IllegalArgumentException("a number from 1 to " + MAX + " is needed");
    }
    return new PageSize(Integer.parseInt(written));
  }
}
