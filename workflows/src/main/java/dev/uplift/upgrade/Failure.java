package dev.uplift.upgrade;

/**
 * Why an upgrade is not a success.
 *
 * @param step the activity type
 * @param message one sentence: what is wrong
 * @param evidence what was seen, at most 8 KiB: a command's output, a service's log, both commits
 *     of a moved tag
 * @param advice what to do about it
 */
public record Failure(
    String step, FailureKind kind, String message, String evidence, String advice) {}
