package dev.uplift.api.registry;

import dev.uplift.profile.yaml.Fleet;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import java.security.Principal;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
class FleetController {
  private final RegistryChanges changes;

  FleetController(RegistryChanges changes) {
    this.changes = changes;
  }

  /** Applies a fleet file: all of it, or nothing. */
  @Operation(
      requestBody =
          @io.swagger.v3.oas.annotations.parameters.RequestBody(
              description = "The text of a fleet.yml",
              content =
                  @Content(mediaType = "application/yaml", schema = @Schema(type = "string"))))
  @PostMapping(path = "/api/fleet", consumes = "application/yaml")
  RegistryChanges.Applied apply(
      @RequestBody Fleet fleet,
      @RequestParam(name = "dry_run", defaultValue = "false") boolean dryRun,
      Principal caller) {
    return changes.apply(fleet, dryRun, caller.getName());
  }
}
