package dev.uplift.code;

import dev.uplift.host.Cancellation;
import dev.uplift.host.StepFailure;
import dev.uplift.profile.AppProfile;
import dev.uplift.release.CommitId;
import dev.uplift.release.Tag;
import dev.uplift.upgrade.Deployed;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.UpgradePlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Looks whether a tenant's checkout can go back to a release that it had. Fetches nothing. */
public final class EarlierRelease {
  private final Mirrors mirrors;

  public EarlierRelease(Mirrors mirrors) {
    this.mirrors = mirrors;
  }

  /**
   * Refuses a release that is not here any more, or does not fit into the checkout as it is now;
   * one that is here stays.
   *
   * @param profile that the release had
   * @return warnings
   */
  public List<String> require(
      UpgradePlan plan,
      Deployed from,
      Tag tag,
      CommitId commit,
      AppProfile profile,
      Cancellation cancellation) {
    List<String> warnings = new ArrayList<>();
    try (Checkout checkout = Checkout.open(Path.of(plan.tenant().path()))) {
      Mirror mirror = mirrors.of(FetchSource.of(plan.profile(), checkout));
      if (mirror.has(commit)) {
        mirror.keep(commit, cancellation);
      } else if (!checkout.has(commit)) {
        throw new StepFailure(
            FailureKind.NOTHING_TO_ROLL_BACK,
            "The release " + tag + " is not on this host any more.",
            commit + " is neither in the mirror of its upstream nor in the checkout",
            "Fetch that commit into the checkout, then try again.");
      }
      ReleaseTree release = Mirrors.tree(mirror, checkout, commit);
      FetchRelease.requireFits(checkout, release, from, profile, plan.profile(), warnings);
    }
    return warnings;
  }
}
