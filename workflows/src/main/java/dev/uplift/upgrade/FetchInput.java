package dev.uplift.upgrade;

/** What FetchRelease is given. */
public record FetchInput(UpgradePlan plan, Deployed from) {}
