package dev.uplift.upgrade;

/** What every step after FetchRelease is given. */
public record StepInput(UpgradePlan plan, Deployed from, Release to, Direction direction) {
  public StepInput back() {
    return new StepInput(plan, from, to, Direction.BACK);
  }
}
