package dev.uplift.upgrade;

import java.util.List;
import java.util.UUID;

/** How far a running upgrade is. */
public record UpgradeProgress(
    UUID upgradeId, String tenant, String phase, List<StepReport> steps) {}
