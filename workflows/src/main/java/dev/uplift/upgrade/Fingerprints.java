package dev.uplift.upgrade;

/**
 * The proof that compensation put everything back.
 *
 * @param before taken when the tenant had been stopped; null when nothing had been written by then
 * @param after taken after the compensation, before the services were started
 * @param proof in words: which of both was compared, or why there was nothing to compare
 */
public record Fingerprints(String before, String after, boolean equal, String proof) {}
