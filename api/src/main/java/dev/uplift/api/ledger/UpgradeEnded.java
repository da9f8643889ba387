package dev.uplift.api.ledger;

/**
 * Published when an end of an upgrade was recorded for the first time, within the transaction that
 * records it.
 */
public record UpgradeEnded(LedgerEntry entry) {}
