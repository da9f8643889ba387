package dev.uplift.api.backup;

import dev.uplift.api.engine.EngineAway;
import dev.uplift.api.engine.EngineCalls;
import dev.uplift.api.problem.Problem;
import dev.uplift.api.registry.Registry;
import dev.uplift.api.registry.Unknown;
import dev.uplift.backup.BackupsReport;
import dev.uplift.backup.BackupsRequest;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.yaml.AppName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import java.security.Principal;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/api/tenants/{id}/backups")
class BackupsController {
  private final Registry registry;
  private final Backups backups;
  private final EngineCalls engine;

  BackupsController(Registry registry, Backups backups, EngineCalls engine) {
    this.registry = registry;
    this.backups = backups;
    this.engine = engine;
  }

  /** Backups and failed databases, and which of them the host keeps for how long. */
  @GetMapping
  CompletableFuture<BackupsReport> list(@PathVariable Slug id) {
    return told(backups.list(request(id, BackupsRequest::list)));
  }

  /** Restores backups into scratch; answers when that is done, which may take long. */
  @PostMapping("/verify")
  CompletableFuture<BackupsReport> verify(
      @PathVariable Slug id, @RequestBody(required = false) VerifyRequest body) {
    String name = (body == null ? VerifyRequest.ALL : body).name();
    BackupsRequest request =
        request(id, (tenant, profile) -> BackupsRequest.verify(tenant, profile, name));
    return told(backups.verify(request).thenApply(report -> requireFound(id, name, report)));
  }

  /** Deletes what the host does not keep, or says only what that is. */
  @PostMapping("/prune")
  CompletableFuture<BackupsReport> prune(
      @PathVariable Slug id, @RequestBody(required = false) PruneRequest body, Principal caller) {
    PruneRequest asked = body == null ? PruneRequest.DEFAULTS : body;
    BackupsRequest request =
        request(
            id,
            (tenant, profile) ->
                BackupsRequest.prune(tenant, profile, asked.isDryRun(), asked.isOfHost()));
    return told(backups.prune(request, caller.getName()));
  }

  private BackupsRequest request(Slug id, BiFunction<Tenant, AppProfile, BackupsRequest> made) {
    Tenant tenant = registry.tenant(id).orElseThrow(() -> Unknown.tenant(id));
    AppProfile profile = registry.app(AppName.of(tenant.app())).orElseThrow();
    return made.apply(tenant, profile);
  }

  private static BackupsReport requireFound(Slug id, String name, BackupsReport report) {
    if (name != null && report.items().isEmpty()) {
      throw new Problem(
          HttpStatus.NOT_FOUND,
          "unknown-object",
          "Unknown object",
          "There is no backup " + name + " of tenants/" + id + ".");
    }
    return report;
  }

  private CompletableFuture<BackupsReport> told(CompletableFuture<BackupsReport> report) {
    return report.exceptionallyCompose(
        failure -> {
          Throwable told = engine.explain(failure);
          return CompletableFuture.failedFuture(
              told instanceof EngineAway away
                  ? away.problem("The host is asked through the engine. Try again later.")
                  : told);
        });
  }
}
