package dev.uplift.inspect;

import dev.uplift.code.Checkout;
import dev.uplift.code.ReleaseProfiles;
import dev.uplift.health.HealthNow;
import dev.uplift.host.Redaction;
import dev.uplift.host.StepFailure;
import dev.uplift.host.Territory;
import dev.uplift.logging.LogContext;
import dev.uplift.probe.Probed;
import dev.uplift.probe.TenantProbe;
import dev.uplift.probe.Unhealthy;
import dev.uplift.profile.AppProfile;
import io.temporal.activity.Activity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the health checks of tenants. One that does not pass is looked at again, since a moment's
 * slowness is no failure.
 */
public final class ProbeTenants implements TenantProbe {
  private static final Logger log = LoggerFactory.getLogger(ProbeTenants.class);
  private static final int LOOKS = 3;

  private final Territory territory;
  private final ReleaseProfiles profiles;
  private final HealthNow health;
  private final Duration pause;

  /**
   * @param pause between two looks at a tenant that does not pass
   */
  public ProbeTenants(
      Territory territory, ReleaseProfiles profiles, HealthNow health, Duration pause) {
    this.territory = territory;
    this.profiles = profiles;
    this.health = health;
    this.pause = pause;
  }

  @Override
  public List<Unhealthy> probeTenants(List<Probed> tenants) {
    List<Probed> suspects = tenants;
    List<Unhealthy> found = List.of();
    for (int look = 0; look < LOOKS && !suspects.isEmpty(); look++) {
      if (look > 0) {
        pauseBetweenLooks();
      }
      List<Probed> again = new ArrayList<>();
      found = new ArrayList<>();
      for (Probed one : suspects) {
        List<String> problems = problems(one);
        if (!problems.isEmpty()) {
          again.add(one);
          found.add(
              new Unhealthy(one.tenant().id().value(), Redaction.of(String.join("; ", problems))));
        }
      }
      suspects = again;
    }
    return found;
  }

  private List<String> problems(Probed probed) {
    try (LogContext named = LogContext.of(probed.tenant().id(), null);
        Checkout checkout = open(probed)) {
      AppProfile profile = profiles.at(checkout.tree(), probed.profile());
      return health.problems(probed.tenant(), profile, probed.release().name());
    } catch (StepFailure | IllegalArgumentException unseen) {
      log.warn("its health cannot be told: {}", Redaction.of(unseen.getMessage()));
      return List.of();
    }
  }

  private Checkout open(Probed probed) {
    territory.require(probed.tenant());
    return Checkout.open(Path.of(probed.tenant().path()));
  }

  private void pauseBetweenLooks() {
    try {
      Thread.sleep(pause.toMillis());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw Activity.wrap(stopped);
    }
  }
}
