package dev.uplift.api.backup;

/**
 * @param name of the one backup to verify; absent: all
 */
record VerifyRequest(String name) {
  static final VerifyRequest ALL = new VerifyRequest(null);
  private static final int LONGEST_NAME = 255;

  VerifyRequest {
    if (name != null
        && (name.isEmpty()
            || name.length() > LONGEST_NAME
            || name.indexOf('/') >= 0
            || name.chars().anyMatch(Character::isISOControl))) {
      throw new IllegalArgumentException(
          "name: the name of a backup as the list of them has it, without its directory");
    }
  }
}
