package dev.uplift.profile.yaml;

/**
 * Where a value stands in its document.
 *
 * @param line counted from 1
 * @param column counted from 1
 * @param written the scalar as it was written; null for lists and mappings
 */
record Place(int line, int column, String written) {
  static final Place START = new Place(1, 1, null);
}
