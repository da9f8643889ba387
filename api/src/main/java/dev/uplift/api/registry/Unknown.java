package dev.uplift.api.registry;

import dev.uplift.api.problem.Problem;
import dev.uplift.tenant.Slug;
import java.util.UUID;
import org.springframework.http.HttpStatus;

/** The answer about what is not in the registry. */
public final class Unknown {
  private Unknown() {}

  public static Problem tenant(Slug id) {
    return object("tenants/" + id);
  }

  public static Problem upgrade(UUID id) {
    return object("upgrades/" + id);
  }

  public static Problem rollout(UUID id) {
    return object("rollouts/" + id);
  }

  static Problem object(String object) {
    return new Problem(
        HttpStatus.NOT_FOUND, "unknown-object", "Unknown object", "There is no " + object + ".");
  }
}
