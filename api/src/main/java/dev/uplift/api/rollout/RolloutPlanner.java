package dev.uplift.api.rollout;

import dev.uplift.api.rollout.RolloutRequest.WaveRequest;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Which tenants a rollout is about, and in which waves. Without any that were asked for, the rings
 * make them: all of the ring {@code test}; one canary, of the ring {@code canary} or else of {@code
 * production}; the others.
 */
final class RolloutPlanner {
  private static final String TEST = "test";
  private static final String CANARY = "canary";
  private static final String PRODUCTION = "production";

  private RolloutPlanner() {}

  /**
   * @param gate whether those after it wait for it to be sure
   */
  record PlannedWave(String name, boolean gate, List<Tenant> tenants) {}

  /**
   * @param fleet all tenants that are registered, in the order in which they are to be upgraded
   * @throws IllegalArgumentException if the request does not fit the fleet
   */
  static List<PlannedWave> plan(RolloutRequest request, List<Tenant> fleet) {
    List<Tenant> selected = select(request, fleet);
    return nobodyWaitsForTheLast(
        request.waves() == null ? byRing(selected) : asAsked(request.waves(), selected));
  }

  static List<PlannedWave> nobodyWaitsForTheLast(List<PlannedWave> waves) {
    List<PlannedWave> planned = new ArrayList<>();
    for (PlannedWave wave : waves) {
      boolean isLast = planned.size() + 1 == waves.size();
      planned.add(new PlannedWave(wave.name(), wave.gate() && !isLast, wave.tenants()));
    }
    return planned;
  }

  /** Those after the first wave, and after those of these rings, wait for it to be sure. */
  private static boolean isGate(int before, List<Tenant> tenants) {
    return before == 0
        || tenants.stream().allMatch(one -> one.ring().equals(TEST) || one.ring().equals(CANARY));
  }

  private static List<Tenant> select(RolloutRequest request, List<Tenant> fleet) {
    if (request.tenants() != null) {
      Set<Slug> known = fleet.stream().map(Tenant::id).collect(Collectors.toSet());
      requireNone("tenants: not registered: ", request.tenants(), id -> !known.contains(id));
    }
    List<Tenant> selected =
        fleet.stream()
            .filter(one -> request.tenants() == null || request.tenants().contains(one.id()))
            .filter(one -> request.app() == null || request.app().value().equals(one.app()))
            .filter(one -> request.ring() == null || request.ring().equals(one.ring()))
            .filter(one -> request.host() == null || request.host().equals(one.host()))
            .filter(
                one ->
                    request.labels() == null
                        || one.labels().entrySet().containsAll(request.labels().entrySet()))
            .toList();
    if (selected.isEmpty()) {
      throw new IllegalArgumentException(
          "no tenant is selected, of the "
              + fleet.size()
              + " that are registered: see GET /api/tenants");
    }
    return selected;
  }

  private static List<PlannedWave> byRing(List<Tenant> selected) {
    List<Tenant> test = ofRing(selected, TEST);
    List<Tenant> rest = new ArrayList<>(ofRing(selected, CANARY));
    rest.addAll(ofRing(selected, PRODUCTION));
    Map<String, List<Tenant>> waves = new LinkedHashMap<>();
    waves.put(TEST, test);
    waves.put(CANARY, rest.subList(0, Math.min(1, rest.size())));
    waves.put("the others", rest.subList(Math.min(1, rest.size()), rest.size()));
    return waves.entrySet().stream()
        .filter(wave -> !wave.getValue().isEmpty())
        .map(wave -> new PlannedWave(wave.getKey(), true, hostsInTurns(wave.getValue())))
        .toList();
  }

  private static List<PlannedWave> asAsked(List<WaveRequest> asked, List<Tenant> selected) {
    Map<Slug, Tenant> left = new LinkedHashMap<>();
    selected.forEach(tenant -> left.put(tenant.id(), tenant));
    // Those that a later wave names are not taken by an earlier one that only names their ring.
    Set<Slug> named =
        asked.stream().flatMap(wave -> wave.named().stream()).collect(Collectors.toSet());
    requireNone("waves: not selected: ", named, id -> !left.containsKey(id));
    List<PlannedWave> waves = new ArrayList<>();
    for (WaveRequest wave : asked) {
      String name = "wave " + (waves.size() + 1);
      List<Tenant> tenants = new ArrayList<>();
      if (wave.ring() == null) {
        wave.named().forEach(id -> tenants.add(left.get(id)));
      } else {
        name += ", " + wave.ring();
        List<Tenant> ofRing =
            left.values().stream()
                .filter(one -> one.ring().equals(wave.ring()) && !named.contains(one.id()))
                .limit(wave.count() == null ? Long.MAX_VALUE : wave.count())
                .toList();
        tenants.addAll(hostsInTurns(ofRing));
      }
      if (tenants.isEmpty()) {
        throw new IllegalArgumentException(
            "waves: no tenant is left for wave " + (waves.size() + 1));
      }
      tenants.forEach(tenant -> left.remove(tenant.id()));
      waves.add(new PlannedWave(name, isGate(waves.size(), tenants), tenants));
    }
    if (!left.isEmpty()) {
      throw new IllegalArgumentException(
          "waves: selected, but in none of them: " + names(left.keySet()));
    }
    return waves;
  }

  /** One of each host, then the next of each: what one host is slow with keeps no other waiting. */
  private static List<Tenant> hostsInTurns(List<Tenant> tenants) {
    Map<HostName, Integer> onHost = new HashMap<>();
    Map<Integer, List<Tenant>> turns = new TreeMap<>();
    for (Tenant tenant : tenants) {
      int turn = onHost.merge(tenant.host(), 1, Integer::sum);
      turns.computeIfAbsent(turn, first -> new ArrayList<>()).add(tenant);
    }
    return turns.values().stream().flatMap(List::stream).toList();
  }

  private static List<Tenant> ofRing(List<Tenant> tenants, String ring) {
    return tenants.stream().filter(tenant -> tenant.ring().equals(ring)).toList();
  }

  private static void requireNone(String problem, Iterable<Slug> tenants, Predicate<Slug> wrong) {
    Set<Slug> found = new java.util.LinkedHashSet<>();
    tenants.forEach(
        id -> {
          if (wrong.test(id)) {
            found.add(id);
          }
        });
    if (!found.isEmpty()) {
      throw new IllegalArgumentException(problem + names(found));
    }
  }

  private static String names(Set<Slug> tenants) {
    Set<String> names = new TreeSet<>();
    tenants.forEach(id -> names.add(id.value()));
    return names.stream().limit(10).collect(Collectors.joining(", "))
        + (names.size() > 10 ? " and " + (names.size() - 10) + " more" : "");
  }
}
