package dev.uplift.upgrade;

/** What FetchRelease and InspectRollback are given. */
public record FetchInput(UpgradePlan plan, Deployed from) {}
