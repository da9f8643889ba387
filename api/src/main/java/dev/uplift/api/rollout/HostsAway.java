package dev.uplift.api.rollout;

import dev.uplift.api.presence.Workers;
import dev.uplift.api.presence.Workers.Hindrance;
import dev.uplift.tenant.HostName;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
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

  Now now() {
    return new Now();
  }

  /** Asks about each host once. */
  final class Now {
    private final Map<HostName, Optional<Hindrance>> known = new HashMap<>();

    /** Why nothing should be begun on a host; empty if nothing speaks against it. */
    Optional<Hindrance> hindrance(HostName host) {
      return known.computeIfAbsent(host, HostsAway.this::ask);
    }
  }

  /** An engine that cannot be asked says nothing of the host. */
  private Optional<Hindrance> ask(HostName host) {
    return workers.hindrance(host).exceptionally(away -> Optional.empty()).join();
  }
}
