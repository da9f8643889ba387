package dev.uplift.rollout;

import dev.uplift.upgrade.RehearsalReport;
import dev.uplift.upgrade.UpgradePlan;
import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;
import java.util.List;
import java.util.UUID;

/**
 * What a rollout asks of the API, which has the registry and the ledger: who comes next, and that
 * somebody knows of each upgrade before it begins. Each call may be repeated and changes nothing
 * the second time.
 */
@ActivityInterface
public interface RolloutDesk {
  int ALL_WAVES = -1;

  /**
   * Some tenants of a wave, in the order in which they were planned.
   *
   * @param wave its index, or {@link #ALL_WAVES} for the tenants of all of them
   * @param from how many of the wave came before
   */
  @ActivityMethod(name = "ListTenants")
  List<Planned> listTenants(UUID rollout, int wave, int from, int atMost);

  /** Enters upgrades into the ledger, each as the registry has its tenant now. */
  @ActivityMethod(name = "AdmitTenants")
  List<Admitted> admitTenants(UUID rollout, List<Ticket> tickets);

  /** What would be started for tenants as the registry has them now. Enters nothing. */
  @ActivityMethod(name = "PlanRehearsals")
  List<Admitted> planRehearsals(UUID rollout, List<Ticket> tickets);

  /** Those of the upgrades that have waited for long, in their cutover, for a host to answer. */
  @ActivityMethod(name = "FindStalled")
  List<TenantOutcome> findStalled(UUID rollout, List<Ticket> underWay);

  /** Looks whether the tenants of a wave that were upgraded are healthy, and tells who is not. */
  @ActivityMethod(name = "ProbeWave")
  List<TenantOutcome> probeWave(UUID rollout, int wave);

  /**
   * Asks upgrades to give up, as far as they still can: those under way, and those of the rollout
   * that were found to be stalled.
   */
  @ActivityMethod(name = "CancelUpgrades")
  void cancelUpgrades(UUID rollout, List<Ticket> underWay, CancelOrder order);

  /** Takes back upgrades that were entered and are not started after all. */
  @ActivityMethod(name = "WithdrawUpgrades")
  void withdrawUpgrades(UUID rollout, List<Ticket> notStarted);

  /** Writes down what rehearsals found, for whoever asks. */
  @ActivityMethod(name = "RecordRehearsals")
  void recordRehearsals(UUID rollout, List<Rehearsed> rehearsed);

  /** Writes down what came of tenants, for whoever asks. */
  @ActivityMethod(name = "RecordOutcomes")
  void recordOutcomes(UUID rollout, List<TenantOutcome> outcomes);

  /** Writes down how far the whole rollout is, or how it ended. */
  @ActivityMethod(name = "RecordRollout")
  void recordRollout(RolloutProgress progress);

  /** A tenant and the host that it was on when the rollout was planned. */
  record Planned(String tenant, String host) {}

  /** An upgrade of a rollout, from its admission to its end. */
  record Ticket(String tenant, UUID upgradeId) {}

  /**
   * @param reason one line for the records
   * @param requestedBy the name of the token
   */
  record CancelOrder(String reason, String requestedBy) {}

  /**
   * @param plan what is to be started; null if nothing is
   * @param outcome what came of the tenant without anything being started; null if it is
   * @param message one sentence for a person; null with a plan
   */
  record Admitted(String tenant, UpgradePlan plan, Outcome outcome, String message) {}

  /**
   * @param message one sentence for a person; null if nothing refuses the upgrade
   * @param report what was found; null if nothing could be
   */
  record Rehearsed(String tenant, Outcome outcome, String message, RehearsalReport report) {}

  /**
   * @param upgradeId null if none was begun
   * @param message one sentence for a person; null for a success
   * @param downtimeMillis null if it is not known
   */
  record TenantOutcome(
      String tenant, Outcome outcome, UUID upgradeId, String message, Long downtimeMillis) {}
}
