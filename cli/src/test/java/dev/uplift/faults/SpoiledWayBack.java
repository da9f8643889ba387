package dev.uplift.faults;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.uplift.scenario.Apps;
import dev.uplift.scenario.World;
import java.util.Map;

/**
 * What has a tenant held: a release whose migration fails and leaves the old release unable to
 * serve, and an app that does not wait for it long.
 */
final class SpoiledWayBack {
  static final String RELEASE = "v0.4.0-spoils";
  static final String APP = "impatient";

  private static final String SPOIL =
      """
      with open(f"{CHECKOUT}/.env", "a") as settings:
          settings.write("\\nAPI_PORT=1\\n")
      raise SystemExit("no licence")""";

  private SpoiledWayBack() {}

  static void addTo(World world) throws Exception {
    new Apps(world.calls())
        .addVariant(
            APP,
            app -> {
              ((ObjectNode) app.get("rehearsal")).put("enabled", false);
              ((ObjectNode) app.get("timeouts")).put("health_deadline", "4s");
            });
    Told.addRelease(world.sandbox().upstream(), RELEASE, SPOIL, Map.of());
  }
}
