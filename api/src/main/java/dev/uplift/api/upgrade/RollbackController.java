package dev.uplift.api.upgrade;

import dev.uplift.api.registry.Registry;
import dev.uplift.api.registry.Unknown;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.yaml.AppName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import java.security.Principal;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

@RestController
class RollbackController {
  private final Registry registry;
  private final Rollbacks rollbacks;
  private final RunAnswers answers;

  RollbackController(Registry registry, Rollbacks rollbacks, RunAnswers answers) {
    this.registry = registry;
    this.rollbacks = rollbacks;
    this.answers = answers;
  }

  /**
   * Undoes the last success of a tenant and answers as an upgrade does. Without the confirmation
   * that names it, 409 says what would be given up, and nothing happens.
   */
  @PostMapping(path = "/api/tenants/{id}/rollback", consumes = MediaType.APPLICATION_JSON_VALUE)
  CompletableFuture<ResponseEntity<Object>> rollBack(
      @PathVariable Slug id,
      @RequestBody(required = false) RollbackRequest body,
      @RequestHeader(name = "Prefer", required = false) List<String> preferences,
      Principal caller) {
    Tenant tenant = registry.tenant(id).orElseThrow(() -> Unknown.tenant(id));
    AppProfile profile = registry.app(AppName.of(tenant.app())).orElseThrow();
    RollbackRequest request = body == null ? RollbackRequest.DEFAULTS : body;
    Prefer prefer = Prefer.of(preferences);
    return rollbacks
        .start(tenant, profile, request, caller.getName())
        .thenCompose(running -> answers.answer(running, id, prefer));
  }
}
