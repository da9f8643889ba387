package dev.uplift.api.version;

import dev.uplift.api.engine.EngineAway;
import dev.uplift.api.engine.EngineCalls;
import dev.uplift.api.registry.Registry;
import dev.uplift.api.registry.Unknown;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.yaml.AppName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import java.util.concurrent.CompletableFuture;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

@RestController
class VersionController {
  private final Registry registry;
  private final Versions versions;
  private final EngineCalls engine;

  VersionController(Registry registry, Versions versions, EngineCalls engine) {
    this.registry = registry;
    this.versions = versions;
    this.engine = engine;
  }

  @GetMapping("/api/tenants/{id}/version")
  CompletableFuture<VersionAnswer> version(@PathVariable Slug id) {
    Tenant tenant = registry.tenant(id).orElseThrow(() -> Unknown.tenant(id));
    AppProfile profile = registry.app(AppName.of(tenant.app())).orElseThrow();
    return versions
        .current(tenant, profile)
        .exceptionallyCompose(
            failure -> {
              Throwable told = engine.explain(failure);
              if (told instanceof EngineAway away) {
                told =
                    away.problem("The version is asked for through the engine. Try again later.");
              } else if (told instanceof WorkersAway away) {
                told = away.problem("Are the workers running?");
              } else if (told instanceof HostAway away) {
                told = away.problem("Is its Uplift worker running?");
              }
              return CompletableFuture.failedFuture(told);
            });
  }
}
