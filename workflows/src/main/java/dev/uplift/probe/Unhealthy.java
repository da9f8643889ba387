package dev.uplift.probe;

/**
 * A tenant that is not healthy.
 *
 * @param problem one sentence for a person
 */
public record Unhealthy(String tenant, String problem) {}
