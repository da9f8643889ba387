package dev.uplift.api.registry;

import dev.uplift.profile.yaml.Fleet;
import dev.uplift.profile.yaml.Host;
import dev.uplift.profile.yaml.HostEntry;
import dev.uplift.tenant.HostName;
import java.security.Principal;
import java.util.List;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/api/hosts")
class HostController {
  record HostList(List<Host> hosts) {}

  private final Registry registry;
  private final RegistryChanges changes;

  HostController(Registry registry, RegistryChanges changes) {
    this.registry = registry;
    this.changes = changes;
  }

  @GetMapping
  HostList hosts() {
    return new HostList(registry.hosts());
  }

  @GetMapping("/{name}")
  Host host(@PathVariable HostName name) {
    return registry.host(name).orElseThrow(() -> Unknown.object("hosts/" + name));
  }

  @PutMapping("/{name}")
  ResponseEntity<Host> put(
      @PathVariable HostName name, @RequestBody HostEntry entry, Principal caller) {
    Host host = entry.named(name);
    boolean created =
        changes.enter(new Fleet(List.of(host), Map.of(), List.of()), caller.getName());
    return ResponseEntity.status(created ? HttpStatus.CREATED : HttpStatus.OK).body(host);
  }

  @DeleteMapping("/{name}")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  void delete(@PathVariable HostName name, Principal caller) {
    changes.deleteHost(name, caller.getName());
  }
}
