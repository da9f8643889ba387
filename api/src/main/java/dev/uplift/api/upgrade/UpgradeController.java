package dev.uplift.api.upgrade;

import dev.uplift.api.problem.Problem;
import dev.uplift.api.registry.Registry;
import dev.uplift.api.registry.Unknown;
import dev.uplift.api.token.Scope;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.yaml.AppName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.Authentication;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

@RestController
class UpgradeController {
  private final Registry registry;
  private final Upgrades upgrades;
  private final RunAnswers answers;

  UpgradeController(Registry registry, Upgrades upgrades, RunAnswers answers) {
    this.registry = registry;
    this.upgrades = upgrades;
    this.answers = answers;
  }

  /** Upgrades a tenant and answers when that is over, or when {@code Prefer} says so. */
  @PostMapping(path = "/api/tenants/{id}/upgrade", consumes = MediaType.APPLICATION_JSON_VALUE)
  CompletableFuture<ResponseEntity<Object>> upgrade(
      @PathVariable Slug id,
      @RequestBody(required = false) UpgradeRequest body,
      @RequestHeader(name = "Prefer", required = false) List<String> preferences,
      Authentication caller) {
    UpgradeRequest request = body == null ? UpgradeRequest.DEFAULTS : body;
    Tenant tenant = registry.tenant(id).orElseThrow(() -> Unknown.tenant(id));
    AppProfile profile = registry.app(AppName.of(tenant.app())).orElseThrow();
    requireAllowed(request, caller);
    Prefer prefer = Prefer.of(preferences);
    return upgrades
        .start(tenant, profile, request, caller.getName())
        .thenCompose(running -> answers.answer(running, id, prefer));
  }

  private static void requireAllowed(UpgradeRequest request, Authentication caller) {
    boolean admin =
        caller.getAuthorities().stream()
            .anyMatch(has -> Scope.ADMIN.authority().equals(has.getAuthority()));
    if (request.options().force() && !admin) {
      throw new Problem(
          HttpStatus.FORBIDDEN,
          "force-needs-admin",
          "Force needs the scope admin",
          "A token with the scope admin may force an upgrade; this one may not.");
    }
  }
}
