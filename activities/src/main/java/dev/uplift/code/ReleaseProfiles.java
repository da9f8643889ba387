package dev.uplift.code;

import dev.uplift.host.StepFailure;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.ReleaseProfile;
import dev.uplift.upgrade.FailureKind;
import java.util.Optional;
import java.util.function.Function;

/** Reads what a release's own {@code uplift.yml} changes in its app's profile. */
public final class ReleaseProfiles {
  private static final String FILE = "uplift.yml";
  private final Function<String, ReleaseProfile> parser;

  /**
   * @param parser reads YAML; throws {@link IllegalArgumentException} for what it does not accept
   */
  public ReleaseProfiles(Function<String, ReleaseProfile> parser) {
    this.parser = parser;
  }

  /**
   * The profile of {@code app} as the release changes it.
   *
   * @throws StepFailure of kind {@code profile_invalid}
   */
  public AppProfile at(ReleaseTree release, AppProfile app) {
    Optional<String> yaml = release.readString(FILE);
    if (yaml.isEmpty()) {
      return app;
    }
    try {
      return app.with(parser.apply(yaml.get()));
    } catch (IllegalArgumentException refused) {
      throw new StepFailure(
          FailureKind.PROFILE_INVALID,
          "The " + FILE + " of " + release.commit().abbreviated() + " cannot be applied.",
          refused.getMessage(),
          "Correct it and tag a new release.",
          refused);
    }
  }
}
