package dev.uplift.cli.fleet;

import dev.uplift.cli.console.CommandFailure;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.yaml.AppName;
import dev.uplift.profile.yaml.DocumentException;
import dev.uplift.profile.yaml.Fleet;
import dev.uplift.profile.yaml.FleetFile;
import dev.uplift.profile.yaml.FleetText;
import dev.uplift.profile.yaml.Host;
import dev.uplift.tenant.Tenant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One fleet, written down in one file or in several, of one host each for instance. */
final class FleetFiles {
  private FleetFiles() {}

  /**
   * The text that the API is given: a single file as it is, so that what it refuses has the file's
   * lines.
   */
  static String read(List<Path> files) {
    return files.size() == 1 ? text(files.get(0)) : FleetText.of(merged(files));
  }

  private static Fleet merged(List<Path> files) {
    Map<String, Named> seen = new HashMap<>();
    List<Host> hosts = new ArrayList<>();
    Map<AppName, AppProfile> apps = new LinkedHashMap<>();
    List<Tenant> tenants = new ArrayList<>();
    for (Path file : files) {
      Fleet fleet = parse(file);
      for (Host host : fleet.hosts()) {
        if (isNew(seen, "hosts." + host.name(), new Named(file, host))) {
          hosts.add(host);
        }
      }
      fleet
          .apps()
          .forEach(
              (name, profile) -> {
                if (isNew(seen, "apps." + name, new Named(file, profile))) {
                  apps.put(name, profile);
                }
              });
      for (Tenant tenant : fleet.tenants()) {
        if (isNew(seen, "tenants." + tenant.id(), new Named(file, tenant))) {
          tenants.add(tenant);
        }
      }
    }
    return new Fleet(hosts, apps, tenants);
  }

  private record Named(Path file, Object described) {}

  /** The app of all hosts may stand in the file of each, if it is the same in all of them. */
  private static boolean isNew(Map<String, Named> seen, String key, Named named) {
    Named other = seen.putIfAbsent(key, named);
    if (other != null && !other.described().equals(named.described())) {
      throw new CommandFailure(
          key + " is in " + other.file() + " and in " + named.file() + ", and not the same");
    }
    return other == null;
  }

  private static Fleet parse(Path file) {
    try {
      return FleetFile.read(file.toString(), text(file));
    } catch (DocumentException malformed) {
      throw new CommandFailure(malformed.getMessage(), malformed);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException unreadable) {
      throw new CommandFailure(file + " cannot be read: " + unreadable.getMessage(), unreadable);
    }
  }
}
