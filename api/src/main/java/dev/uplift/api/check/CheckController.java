package dev.uplift.api.check;

import dev.uplift.api.engine.EngineAway;
import dev.uplift.api.engine.EngineCalls;
import dev.uplift.api.registry.Registry;
import dev.uplift.api.registry.Unknown;
import dev.uplift.api.version.WorkersAway;
import dev.uplift.check.CheckReport;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.yaml.AppName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import java.security.Principal;
import java.util.concurrent.CompletableFuture;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

@RestController
class CheckController {
  private final Registry registry;
  private final Checks checks;
  private final EngineCalls engine;

  CheckController(Registry registry, Checks checks, EngineCalls engine) {
    this.registry = registry;
    this.checks = checks;
    this.engine = engine;
  }

  /** Whether an upgrade could begin; 200 with {@code ready: false} if it could not. */
  @PostMapping("/api/tenants/{id}/check")
  CompletableFuture<CheckReport> check(
      @PathVariable Slug id, @RequestBody(required = false) CheckRequest body, Principal caller) {
    Tenant tenant = registry.tenant(id).orElseThrow(() -> Unknown.tenant(id));
    AppProfile profile = registry.app(AppName.of(tenant.app())).orElseThrow();
    CheckRequest request = body == null ? CheckRequest.DEFAULTS : body;
    return checks
        .check(tenant, profile, request.targetVersion(), caller.getName())
        .exceptionallyCompose(
            failure -> {
              Throwable told = engine.explain(failure);
              if (told instanceof EngineAway away) {
                told = away.problem("The host is asked through the engine. Try again later.");
              } else if (told instanceof WorkersAway away) {
                told = away.problem("Are the workers running?");
              }
              return CompletableFuture.failedFuture(told);
            });
  }
}
