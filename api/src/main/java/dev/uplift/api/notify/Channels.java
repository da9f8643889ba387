package dev.uplift.api.notify;

import java.util.Map;

/** The channels of the settings, by name. */
record Channels(Map<String, ChannelSettings> byName) {
  Channels {
    byName = Map.copyOf(byName);
    for (String name : byName.keySet()) {
      if (!name.matches("[a-z0-9][a-z0-9-]{0,30}")) {
        throw new IllegalArgumentException(
            "uplift.notify." + name + ": a name is 1 to 31 of a-z, 0-9 and -");
      }
    }
  }
}
