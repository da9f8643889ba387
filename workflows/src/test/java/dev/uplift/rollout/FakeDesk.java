package dev.uplift.rollout;

import dev.uplift.release.Tag;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.Samples;
import dev.uplift.upgrade.UpgradeOptions;
import dev.uplift.upgrade.UpgradePlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A registry and a ledger in memory. */
final class FakeDesk implements RolloutDesk {
  /** The waves of each rollout, their tenants written as name@host. */
  final Map<UUID, List<List<String>>> waves = new ConcurrentHashMap<>();

  final List<String> admitted = new CopyOnWriteArrayList<>();
  final List<Integer> ticketsAtOnce = new CopyOnWriteArrayList<>();
  final List<TenantOutcome> outcomes = new CopyOnWriteArrayList<>();
  final List<RolloutStatus> statuses = new CopyOnWriteArrayList<>();

  final List<Rehearsed> rehearsals = new CopyOnWriteArrayList<>();
  final List<String> cancelled = new CopyOnWriteArrayList<>();

  /** Who is said to wait for a silent host, or to be ill after its upgrade. */
  final Set<String> stalled = ConcurrentHashMap.newKeySet();

  final Set<String> ill = ConcurrentHashMap.newKeySet();

  private volatile int written = Integer.MAX_VALUE;
  private volatile Runnable whenWritten = () -> {};

  /** Has something happen while the outcomes of so many tenants in all are being written down. */
  void whenAreWrittenDown(int tenants, Runnable then) {
    whenWritten = then;
    written = tenants;
  }

  /** Whose hosts have no worker the first two times. */
  final List<String> awayTwice = new CopyOnWriteArrayList<>();

  final AtomicInteger probes = new AtomicInteger();

  /** What happens while tenants are asked how they are. */
  volatile Runnable duringProbe = () -> {};

  /** What is said of tenants that are not to be started. */
  final Map<String, Outcome> refused = new ConcurrentHashMap<>();

  @Override
  public List<Planned> listTenants(UUID rollout, int wave, int from, int atMost) {
    List<String> all =
        wave == ALL_WAVES
            ? waves.get(rollout).stream().flatMap(List::stream).toList()
            : waves.get(rollout).get(wave);
    List<Planned> page = new ArrayList<>();
    for (String name : all.subList(from, Math.min(all.size(), from + atMost))) {
      page.add(new Planned(name.split("@")[0], name.split("@")[1]));
    }
    return page;
  }

  /** What happens once while tenants are being admitted. */
  volatile Runnable duringAdmission = () -> {};

  @Override
  public List<Admitted> admitTenants(UUID rollout, List<Ticket> tickets) {
    Runnable once = duringAdmission;
    duringAdmission = () -> {};
    once.run();
    ticketsAtOnce.add(tickets.size());
    return tickets.stream().map(ticket -> admit(rollout, ticket)).toList();
  }

  private Admitted admit(UUID rollout, Ticket ticket) {
    Outcome refusal = refused.get(ticket.tenant());
    if (refusal != null) {
      return new Admitted(ticket.tenant(), null, refusal, "It is " + refusal.code() + ".");
    }
    long triedBefore =
        outcomes.stream()
            .filter(one -> one.tenant().equals(ticket.tenant()) && one.outcome() == Outcome.AWAY)
            .count();
    if (awayTwice.contains(ticket.tenant()) && triedBefore < 2) {
      return new Admitted(ticket.tenant(), null, Outcome.AWAY, "Its host has no worker.");
    }
    admitted.add(ticket.tenant());
    return new Admitted(ticket.tenant(), plan(ticket), null, null);
  }

  private static UpgradePlan plan(Ticket ticket) {
    Tenant tenant =
        new Tenant(
            Slug.of(ticket.tenant()),
            "cbapp",
            HostName.of("one"),
            "/srv/" + ticket.tenant(),
            null,
            Map.of(),
            Map.of());
    return new UpgradePlan(
        ticket.upgradeId(),
        UpgradePlan.PROTOCOL,
        tenant,
        Samples.PROFILE,
        Tag.of("v0.3.0"),
        null,
        UpgradeOptions.DEFAULTS,
        "test");
  }

  @Override
  public List<Admitted> planRehearsals(UUID rollout, List<Ticket> tickets) {
    return tickets.stream()
        .map(ticket -> new Admitted(ticket.tenant(), plan(ticket), null, null))
        .toList();
  }

  @Override
  public void recordRehearsals(UUID rollout, List<Rehearsed> more) {
    rehearsals.addAll(more);
    more.stream()
        .filter(one -> one.outcome() == Outcome.REJECTED)
        .forEach(one -> refused.put(one.tenant(), Outcome.LEFT_OUT));
  }

  @Override
  public List<TenantOutcome> findStalled(UUID rollout, List<Ticket> underWay) {
    return underWay.stream()
        .filter(ticket -> stalled.contains(ticket.tenant()))
        .map(
            ticket ->
                new TenantOutcome(
                    ticket.tenant(), Outcome.STALLED, ticket.upgradeId(), "It waits.", null))
        .toList();
  }

  @Override
  public List<TenantOutcome> probeWave(UUID rollout, int wave) {
    probes.incrementAndGet();
    duringProbe.run();
    List<TenantOutcome> late = new ArrayList<>();
    for (String name : waves.get(rollout).get(wave)) {
      if (ill.remove(name.split("@")[0])) {
        late.add(
            new TenantOutcome(
                name.split("@")[0], Outcome.FAILED_LATE, null, "It answers 500.", null));
      }
    }
    return late;
  }

  @Override
  public void withdrawUpgrades(UUID rollout, List<Ticket> notStarted) {
    notStarted.forEach(ticket -> admitted.remove(ticket.tenant()));
  }

  @Override
  public void cancelUpgrades(UUID rollout, List<Ticket> underWay, CancelOrder order) {
    underWay.forEach(ticket -> cancelled.add(ticket.tenant()));
    outcomes.stream()
        .filter(one -> one.outcome() == Outcome.STALLED)
        .forEach(one -> cancelled.add(one.tenant()));
  }

  @Override
  public void recordOutcomes(UUID rollout, List<TenantOutcome> more) {
    outcomes.addAll(more);
    if (outcomes.size() >= written) {
      Runnable once = whenWritten;
      whenWritten = () -> {};
      once.run();
    }
  }

  @Override
  public void recordRollout(RolloutProgress progress) {
    statuses.add(progress.status());
  }
}
