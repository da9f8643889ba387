package dev.uplift.api.rollout;

import dev.uplift.api.presence.Workers;
import dev.uplift.api.problem.Problem;
import dev.uplift.tenant.HostName;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
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
    private final Map<HostName, Optional<String>> known = new HashMap<>();

    /** Why nothing should be begun on a host; empty if nothing speaks against it. */
    Optional<String> reason(HostName host) {
      return known.computeIfAbsent(host, HostsAway.this::ask);
    }
  }

  private Optional<String> ask(HostName host) {
    try {
      workers.requireOneMachine(host).join();
      boolean away = !workers.wasThere(host).join().orElse(true);
      return away
          ? Optional.of("Host " + host + " has no worker: is uplift-worker running there?")
          : Optional.empty();
    } catch (CompletionException failed) {
      // An engine that cannot be asked says nothing of the host.
      return failed.getCause() instanceof Problem problem && problem.getStatusCode().value() == 409
          ? Optional.of(problem.getBody().getDetail())
          : Optional.empty();
    }
  }
}
