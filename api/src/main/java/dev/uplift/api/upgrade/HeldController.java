package dev.uplift.api.upgrade;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.uplift.api.problem.Problem;
import dev.uplift.api.registry.Registry;
import dev.uplift.api.registry.Unknown;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.yaml.AppName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.ReleasedTenant;
import java.security.Principal;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/** What a person has done with a held tenant. */
@RestController
class HeldController {
  record Released(@JsonProperty("status") String status, @JsonUnwrapped ReleasedTenant tenant) {}

  private final Registry registry;
  private final Holders holders;
  private final Upgrades upgrades;
  private final Releases releases;
  private final RunAnswers answers;

  HeldController(
      Registry registry,
      Holders holders,
      Upgrades upgrades,
      Releases releases,
      RunAnswers answers) {
    this.registry = registry;
    this.holders = holders;
    this.upgrades = upgrades;
    this.releases = releases;
    this.answers = answers;
  }

  /** Tries the compensation of a held tenant again, and answers as an upgrade does. */
  @PostMapping(path = "/api/tenants/{id}/resume", consumes = MediaType.APPLICATION_JSON_VALUE)
  CompletableFuture<ResponseEntity<Object>> resume(
      @PathVariable Slug id,
      @RequestBody(required = false) ResumeRequest body,
      @RequestHeader(name = "Prefer", required = false) List<String> preferences,
      Principal caller) {
    ResumeRequest request = body == null ? ResumeRequest.DEFAULTS : body;
    Tenant tenant = registry.tenant(id).orElseThrow(() -> Unknown.tenant(id));
    UUID held = holders.require(id, request.upgradeId());
    Prefer prefer = Prefer.of(preferences);
    return upgrades
        .resume(tenant, profile(tenant), held, request.reason(), caller.getName())
        .thenCompose(running -> answers.answer(running, id, prefer));
  }

  /** Ends the hold of a tenant that a person has looked after. */
  @PostMapping(path = "/api/tenants/{id}/release", consumes = MediaType.APPLICATION_JSON_VALUE)
  CompletableFuture<Released> release(
      @PathVariable Slug id, @RequestBody(required = false) ReleaseRequest body, Principal caller) {
    if (body == null) {
      throw new Problem(
          HttpStatus.BAD_REQUEST,
          "malformed-document",
          "Malformed document",
          "reason: a release needs a reason, which is recorded");
    }
    Tenant tenant = registry.tenant(id).orElseThrow(() -> Unknown.tenant(id));
    return releases
        .release(tenant, profile(tenant), body, caller.getName())
        .thenApply(released -> new Released("released", released));
  }

  private AppProfile profile(Tenant tenant) {
    return registry.app(AppName.of(tenant.app())).orElseThrow();
  }
}
