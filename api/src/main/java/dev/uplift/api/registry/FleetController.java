package dev.uplift.api.registry;

import dev.uplift.profile.yaml.Fleet;
import dev.uplift.profile.yaml.FleetText;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
class FleetController {
  private static final MediaType YAML = MediaType.parseMediaType("application/yaml");

  private final Registry registry;
  private final RegistryChanges changes;

  FleetController(Registry registry, RegistryChanges changes) {
    this.registry = registry;
    this.changes = changes;
  }

  /** The registry as a fleet file, which changes nothing when it is applied. */
  @GetMapping(path = "/api/fleet", produces = "application/yaml")
  ResponseEntity<byte[]> export() {
    Fleet fleet = registry.fleet();
    return ResponseEntity.ok()
        .contentType(YAML)
        .eTag(FleetState.of(fleet).eTag())
        .body(FleetText.of(fleet).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Applies a fleet file: all of it, or nothing. With {@code If-Match} only if the registry is
   * still as an earlier answer, of a dry run for instance, found it.
   */
  @Operation(
      requestBody =
          @io.swagger.v3.oas.annotations.parameters.RequestBody(
              description = "The text of a fleet.yml",
              content =
                  @Content(mediaType = "application/yaml", schema = @Schema(type = "string"))))
  @PostMapping(path = "/api/fleet", consumes = "application/yaml")
  ResponseEntity<Applied> apply(
      @RequestBody Fleet fleet,
      @RequestParam(name = "dry_run", defaultValue = "false") boolean dryRun,
      @RequestParam(defaultValue = "false") boolean prune,
      @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) String expected,
      Principal caller) {
    Applied applied =
        changes.apply(
            fleet,
            new ApplyOptions(dryRun, prune, expected == null ? null : FleetState.ofETag(expected)),
            caller.getName());
    return ResponseEntity.ok().eTag(applied.state().eTag()).body(applied);
  }
}
