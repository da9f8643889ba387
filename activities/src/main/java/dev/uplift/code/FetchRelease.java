package dev.uplift.code;

import dev.uplift.host.StepContext;
import dev.uplift.host.StepFailure;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.HealthCheck;
import dev.uplift.profile.Placeholders;
import dev.uplift.profile.ReleaseProfile;
import dev.uplift.release.CommitId;
import dev.uplift.release.Tag;
import dev.uplift.upgrade.Deployed;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Release;
import dev.uplift.upgrade.UpgradePlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Resolves the target to a commit, brings it to the host's mirror and checks that it can be put
 * into the tenant's checkout. Changes nothing of the tenant.
 */
public final class FetchRelease {
  /** What to do instead of going to an older release. */
  public static final String DOWNGRADE_ADVICE =
      "Uplift does not downgrade, since no upgrade undoes migrations. To undo the last upgrade, with"
          + " the database that it began with, roll it back ('uplift rollback', which says first what"
          + " would be lost). To keep the database, tag the older code as a newer release that works"
          + " with it, and upgrade to that.";

  private final Mirrors mirrors;
  private final ReleaseProfiles profiles;

  /**
   * @param parser reads a release's own profile; throws {@link IllegalArgumentException} for what
   *     it does not accept
   */
  public FetchRelease(Mirrors mirrors, Function<String, ReleaseProfile> parser) {
    this.mirrors = mirrors;
    this.profiles = new ReleaseProfiles(parser);
  }

  public Release run(UpgradePlan plan, Deployed from, StepContext context) {
    try (Checkout checkout = Checkout.open(Path.of(plan.tenant().path()))) {
      List<String> warnings = new ArrayList<>();
      Mirror mirror = mirrors.of(FetchSource.of(plan.profile(), checkout));
      KnownReleases known = fetch(mirror, plan, context, warnings);
      Tag tag = resolve(plan, known, mirror);
      CommitId commit = known.commitOf(tag).orElseThrow();
      refuseMoved(plan, tag, commit, mirror, checkout, context, warnings);
      refuseDowngrade(from, tag, commit, mirror);
      mirror.keep(commit, context.cancellation());

      ReleaseTree tree = mirror.tree(commit);
      AppProfile profile = profiles.at(tree, plan.profile());
      requirePlaceholders(plan, tag, profile);
      Release release = new Release(tag, commit, profile, List.of());
      if (!from.isAt(release) || plan.options().force()) {
        check(checkout, tree, from, profile, plan.profile(), warnings);
      }
      return new Release(tag, commit, profile, warnings);
    }
  }

  // A health check that cannot be asked would be found out with the services stopped.
  private static void requirePlaceholders(UpgradePlan plan, Tag tag, AppProfile profile) {
    try {
      Placeholders placeholders = Placeholders.of(plan.tenant());
      profile.health().stream().map(HealthCheck::url).forEach(placeholders::fill);
    } catch (IllegalArgumentException e) {
      throw new StepFailure(
          FailureKind.PROFILE_INVALID,
          "The profile of " + tag + " does not fit this tenant: " + e.getMessage(),
          null,
          "Give the tenant that port in the registry, or correct the release's uplift.yml.");
    }
  }

  // An upstream that is down must not stop an upgrade to a commit which is here and was planned.
  private static KnownReleases fetch(
      Mirror mirror, UpgradePlan plan, StepContext context, List<String> warnings) {
    try {
      return mirror.fetch(context.cancellation());
    } catch (StepFailure failure) {
      boolean here =
          plan.target() != null
              && plan.commit() != null
              && mirror.pinned(plan.target()).equals(Optional.of(plan.commit()))
              && mirror.known().commitOf(plan.target()).equals(Optional.of(plan.commit()));
      if (failure.kind() != FailureKind.FETCH_UNREACHABLE || !here) {
        throw failure;
      }
      warnings.add(
          failure.getMessage()
              + " The planned commit of "
              + plan.target()
              + " was fetched before, so the upgrade goes on with it.");
      return mirror.known();
    }
  }

  private static Tag resolve(UpgradePlan plan, KnownReleases known, Mirror mirror) {
    String upstream = mirror.source().shown();
    if (plan.target() == null) {
      return known
          .latest()
          .orElseThrow(
              () ->
                  new StepFailure(
                      FailureKind.TAG_MISSING,
                      "The upstream has no release.",
                      upstream + " has no tag that is a SemVer version without a pre-release",
                      "Tag a release ('git tag v1.0.0; git push origin v1.0.0'), or name the version to go to."));
    }
    if (known.commitOf(plan.target()).isEmpty()) {
      boolean branch = known.branches().contains(plan.target().name());
      throw new StepFailure(
          FailureKind.TAG_MISSING,
          branch
              ? "The upstream has a branch, but no tag, named " + plan.target() + "."
              : "The upstream has no tag " + plan.target() + ".",
          upstream + known.latest().map(latest -> ", latest release: " + latest).orElse(""),
          "Only tags are releases. Push the tag, or name another version.");
    }
    return plan.target();
  }

  private static void refuseMoved(
      UpgradePlan plan,
      Tag tag,
      CommitId now,
      Mirror mirror,
      Checkout checkout,
      StepContext context,
      List<String> warnings) {
    // Whoever asked for the upgrade meant the planned commit, so this holds under force too.
    if (plan.commit() != null && !plan.commit().equals(now)) {
      throw moved(tag, "planned", plan.commit(), now, "Look what changed, then start it again.");
    }
    CommitId pinned = mirror.pinned(tag).orElse(now);
    CommitId tenants = checkout.commitOf(tag).orElse(now);
    if (!plan.options().force()) {
      String advice =
          "Release under a new version. If the tag was moved on purpose, upgrade with 'force' and a reason.";
      if (!pinned.equals(now)) {
        throw moved(tag, "first seen on this host", pinned, now, advice);
      }
      if (!tenants.equals(now)) {
        throw moved(tag, "in the checkout", tenants, now, advice);
      }
      return;
    }
    if (!pinned.equals(now)) {
      mirror.repin(tag, context.cancellation());
    }
    if (!pinned.equals(now) || !tenants.equals(now)) {
      CommitId was = pinned.equals(now) ? tenants : pinned;
      warnings.add("The tag " + tag + " was moved from " + was + " to " + now + "; forced.");
    }
  }

  private static StepFailure moved(
      Tag tag, String where, CommitId was, CommitId now, String advice) {
    return new StepFailure(
        FailureKind.TAG_MOVED,
        "The tag " + tag + " points to another commit than before.",
        where + ": " + was + "\nupstream now: " + now,
        advice);
  }

  private static void refuseDowngrade(Deployed from, Tag tag, CommitId commit, Mirror mirror) {
    if (from.commit().equals(commit)) {
      return;
    }
    boolean below;
    if (from.tag() != null) {
      below =
          Precedence.compare(tag, from.tag())
              .map(order -> order < 0)
              .orElseGet(() -> mirror.isAncestor(commit, from.commit()));
    } else {
      // HEAD is on top of a release: that release itself would be a step back as well.
      below =
          Precedence.base(from.version())
              .flatMap(base -> Precedence.compare(tag, base))
              .map(order -> order <= 0)
              .orElseGet(() -> mirror.isAncestor(commit, from.commit()));
    }
    if (below) {
      throw new StepFailure(
          FailureKind.DOWNGRADE,
          "The release " + tag + " is older than the deployed " + from.version() + ".",
          "deployed: " + from.commit() + "\ntarget: " + commit,
          DOWNGRADE_ADVICE);
    }
  }

  private static void check(
      Checkout checkout,
      ReleaseTree release,
      Deployed from,
      AppProfile to,
      AppProfile app,
      List<String> warnings) {
    requireFits(checkout, release, from, to, app, warnings);
    List<String> unlisted = TreeCheck.unlistedMigrations(release.paths(), to.migrations());
    if (!unlisted.isEmpty()) {
      warnings.add(
          "Looks like migrations, but the profile does not list them, so they are not run: "
              + String.join(", ", unlisted));
    }
    if (from.tag() == null) {
      warnings.add(
          "The tenant is at "
              + from.version()
              + ", which is no release; what it has beyond one stays in git only.");
    }
  }

  /** Refuses a release that cannot be put into the tenant's checkout, or not without harm. */
  static void requireFits(
      Checkout checkout,
      ReleaseTree release,
      Deployed from,
      AppProfile to,
      AppProfile app,
      List<String> warnings) {
    checkout.refuseUnfinishedWork();
    Set<String> own = TreeCheck.tenantsOwn(app, from.profile(), to);
    TreeCheck.refuseTrackedTargets(release, to);
    TreeCheck.refuseHarm(release, own);
    List<String> lost = TreeCheck.tracked(checkout.tree().paths(), own);
    if (!lost.isEmpty()) {
      throw new StepFailure(
          FailureKind.DIRTY_CHECKOUT,
          "The deployed release tracks files that belong to the tenant: leaving it would delete them.",
          GitFailure.list(lost),
          "Keep copies, run 'git rm --cached' on them in the checkout and commit, then try again.");
    }
    Dirt dirt = checkout.dirt(release, from.profile(), to);
    dirt.refuse();
    warnings.addAll(dirt.warnings());
  }
}
