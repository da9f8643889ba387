package dev.uplift.api.live;

/**
 * Something that happened, as whoever follows is told it.
 *
 * @param id grows with time, and is the same whenever it is told
 * @param kind what has happened
 * @param data is told as JSON
 */
public record LiveEvent(long id, String kind, Object data) {}
