package dev.uplift.api.upgrade;

import dev.uplift.api.engine.EngineAway;
import dev.uplift.api.engine.EngineCalls;
import dev.uplift.api.engine.PeriodicLook;
import dev.uplift.api.ledger.LedgerEntry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Looks again and again for upgrades that ended without telling: a run that somebody terminated
 * delivers no outcome, and one that the engine never took has none. Whoever is to be told of it, or
 * counts it, must not depend on somebody asking for that upgrade.
 */
@Component
class Settlement extends PeriodicLook {
  private static final Logger log = LoggerFactory.getLogger(Settlement.class);
  private static final long PERIOD_SECONDS = 60;

  private final RunningUpgrades running;
  private final EngineCalls engine;

  Settlement(RunningUpgrades running, EngineCalls engine) {
    super("settlement", PERIOD_SECONDS);
    this.running = running;
    this.engine = engine;
  }

  @Override
  protected void look() {
    try {
      for (LedgerEntry entry : running.unsettled()) {
        if (!settle(entry)) {
          return;
        }
      }
    } catch (RuntimeException away) {
      // The registry, say; the next look is as good.
      log.warn("upgrades that have not ended cannot be looked at now: {}", away.getMessage());
    }
  }

  /** Whether it is worth while to ask about the next one. */
  private boolean settle(LedgerEntry entry) {
    try {
      running.settle(entry).join();
    } catch (RuntimeException failure) {
      Throwable told = engine.explain(failure);
      if (told instanceof EngineAway) {
        return false; // which others tell
      }
      log.warn("how upgrade {} ended cannot be found out now: {}", entry.id(), told.getMessage());
    }
    return true;
  }
}
