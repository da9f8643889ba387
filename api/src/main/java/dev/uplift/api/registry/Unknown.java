package dev.uplift.api.registry;

import dev.uplift.api.problem.Problem;
import dev.uplift.tenant.Slug;
import org.springframework.http.HttpStatus;

/** The answer about what is not in the registry. */
public final class Unknown {
  private Unknown() {}

  public static Problem tenant(Slug id) {
    return object("tenants/" + id);
  }

  static Problem object(String object) {
    return new Problem(
        HttpStatus.NOT_FOUND, "unknown-object", "Unknown object", "There is no " + object + ".");
  }
}
