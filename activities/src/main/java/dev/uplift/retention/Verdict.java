package dev.uplift.retention;

/**
 * What becomes of an item.
 *
 * @param reason a clause: why it is kept, or why not
 */
record Verdict(Item item, boolean keep, String reason) {}
