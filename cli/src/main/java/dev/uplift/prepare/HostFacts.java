package dev.uplift.prepare;

import dev.uplift.discover.Found;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What is on a machine before it is prepared.
 *
 * @param dist where the Uplift that is running was unpacked
 * @param workerUnit the worker's unit, as it comes with Uplift
 * @param apiUnit the API's
 * @param workerSettings the text of its settings, if there are some already
 * @param apiSettings the same of the API
 * @param roots those that there will be
 * @param found the tenants below the roots
 * @param workerUser whom the worker of this machine runs as already
 * @param groups the primary group of each user that is of interest and exists
 * @param allowed what the worker's user may do already
 * @param guarded the units that an upgrade has stopped and not yet started again
 * @param unitUsers whom each unit of this machine runs as
 */
record HostFacts(
    Path dist,
    String workerUnit,
    String apiUnit,
    Optional<String> workerSettings,
    Optional<String> apiSettings,
    List<Root> roots,
    Found found,
    Optional<String> workerUser,
    Map<String, String> groups,
    Optional<PolkitRule> allowed,
    Set<String> guarded,
    Map<String, String> unitUsers) {
  HostFacts {
    roots = List.copyOf(roots);
    groups = Map.copyOf(groups);
    guarded = Set.copyOf(guarded);
    unitUsers = Map.copyOf(unitUsers);
  }

  /** A directory below which tenants are, or what is in its place. */
  record Root(Path path, Kind kind, boolean writableByAll) {
    enum Kind {
      DIRECTORY,
      MISSING,
      LINK,
      OTHER
    }
  }
}
