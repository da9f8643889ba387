package dev.uplift.api.rollout;

import dev.uplift.api.presence.Workers;
import dev.uplift.api.presence.Workers.Hindrance;
import dev.uplift.tenant.HostName;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.springframework.stereotype.Component;

/**
 * Tells which hosts could not carry out an upgrade. One that was begun all the same would hold a
 * place for minutes, and with it another tenant up.
 */
@Component
class HostsAway {
  private final Workers workers;

  HostsAway(Workers workers) {
    this.workers = workers;
  }

  /**
   * What speaks against upgrades on hosts, for those of which something does. All are asked at
   * once, since each may take seconds: nobody acts on an answer that has become old meanwhile.
   */
  Map<HostName, Hindrance> hindrances(Set<HostName> hosts) {
    Map<HostName, CompletableFuture<Optional<Hindrance>>> asked = new HashMap<>();
    // An engine that cannot be asked says nothing of the host.
    hosts.forEach(
        host -> asked.put(host, workers.hindrance(host).exceptionally(away -> Optional.empty())));
    Map<HostName, Hindrance> told = new HashMap<>();
    asked.forEach((host, answer) -> answer.join().ifPresent(why -> told.put(host, why)));
    return told;
  }
}
