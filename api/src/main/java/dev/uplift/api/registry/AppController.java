package dev.uplift.api.registry;

import dev.uplift.profile.AppProfile;
import dev.uplift.profile.yaml.AppName;
import dev.uplift.profile.yaml.Fleet;
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
@RequestMapping("/api/apps")
class AppController {
  record App(AppName name, AppProfile profile) {}

  record AppList(List<App> apps) {}

  private final Registry registry;
  private final RegistryChanges changes;

  AppController(Registry registry, RegistryChanges changes) {
    this.registry = registry;
    this.changes = changes;
  }

  @GetMapping
  AppList apps() {
    return new AppList(
        registry.apps().entrySet().stream()
            .map(app -> new App(app.getKey(), app.getValue()))
            .toList());
  }

  @GetMapping("/{name}")
  AppProfile app(@PathVariable AppName name) {
    return registry.app(name).orElseThrow(() -> Unknown.object("apps/" + name));
  }

  @PutMapping("/{name}")
  ResponseEntity<AppProfile> put(
      @PathVariable AppName name, @RequestBody AppProfile profile, Principal caller) {
    boolean created =
        changes.enter(new Fleet(List.of(), Map.of(name, profile), List.of()), caller.getName());
    return ResponseEntity.status(created ? HttpStatus.CREATED : HttpStatus.OK).body(profile);
  }

  @DeleteMapping("/{name}")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  void delete(@PathVariable AppName name, Principal caller) {
    changes.deleteApp(name, caller.getName());
  }
}
