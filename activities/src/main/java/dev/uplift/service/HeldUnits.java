package dev.uplift.service;

import dev.uplift.check.CheckReport.Unit;
import dev.uplift.host.Cancellation;
import dev.uplift.host.Holds;
import dev.uplift.journal.JournalState;
import dev.uplift.profile.AppProfile;
import dev.uplift.tenant.Tenant;
import java.util.List;
import java.util.Optional;

/** The units of tenants that a person has looked after. */
public final class HeldUnits implements Holds.Units {
  private final ServiceManager services;
  private final Guard guard;

  public HeldUnits(ServiceManager services, Guard guard) {
    this.services = services;
    this.guard = guard;
  }

  @Override
  public void unguard(Tenant tenant, AppProfile profile) {
    guard.lower(UnitName.of(tenant, profile));
  }

  @Override
  public void start(Tenant tenant, AppProfile profile, Optional<JournalState> held) {
    List<UnitName> units =
        held.map(state -> StopServices.wereUp(state.input(), state::note))
            .orElseGet(() -> UnitName.of(tenant, profile));
    // What those run with that run may have been mended since.
    services.stop(units, profile.timeouts().stop());
    for (UnitName unit : units) {
      services.start(unit, profile.timeouts().healthDeadline(), Cancellation.NEVER);
    }
  }

  @Override
  public List<Unit> state(Tenant tenant, AppProfile profile) {
    return UnitName.of(tenant, profile).stream()
        .map(unit -> new Unit(unit.value(), services.state(unit).running()))
        .toList();
  }
}
