package dev.uplift.api.rollout;

import static java.util.stream.Collectors.toSet;

import dev.uplift.api.ledger.LedgerEntry;
import dev.uplift.api.ledger.UpgradeLedger;
import dev.uplift.api.presence.Workers.Hindrance;
import dev.uplift.api.problem.Problem;
import dev.uplift.api.registry.Registry;
import dev.uplift.api.upgrade.Admission;
import dev.uplift.api.upgrade.RunningUpgrades;
import dev.uplift.api.version.Versions;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.yaml.AppName;
import dev.uplift.rollout.Outcome;
import dev.uplift.rollout.RehearsalMode;
import dev.uplift.rollout.RolloutDesk;
import dev.uplift.rollout.RolloutProgress;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.Operation;
import dev.uplift.upgrade.UpgradeOptions;
import dev.uplift.upgrade.UpgradePlan;
import io.temporal.failure.ApplicationFailure;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionOperations;

/** Answers rollouts from the registry and the ledger. */
@Component
class RolloutDeskRecorder implements RolloutDesk {
  private final RolloutStore rollouts;
  private final Registry registry;
  private final UpgradeLedger ledger;
  private final Admission admission;
  private final RunningUpgrades running;
  private final HostsAway hostsAway;
  private final SilentHosts silentHosts;
  private final WaveProbes probes;
  private final Versions versions;
  private final TransactionOperations transaction;

  RolloutDeskRecorder(
      RolloutStore rollouts,
      Registry registry,
      UpgradeLedger ledger,
      Admission admission,
      RunningUpgrades running,
      HostsAway hostsAway,
      SilentHosts silentHosts,
      WaveProbes probes,
      Versions versions,
      TransactionOperations transaction) {
    this.rollouts = rollouts;
    this.registry = registry;
    this.ledger = ledger;
    this.admission = admission;
    this.running = running;
    this.hostsAway = hostsAway;
    this.silentHosts = silentHosts;
    this.probes = probes;
    this.versions = versions;
    this.transaction = transaction;
  }

  @Override
  public List<Planned> listTenants(UUID rollout, int wave, int from, int atMost) {
    return orTryAgain(() -> rollouts.planned(rollout, wave, from, atMost));
  }

  @Override
  public List<Admitted> admitTenants(UUID rollout, List<Ticket> tickets) {
    return orTryAgain(
        () -> {
          StoredRollout asked = rollouts.find(rollout).orElseThrow();
          Map<HostName, Hindrance> hindrances = hostsAway.hindrances(hosts(tickets));
          return tickets.stream().map(ticket -> admit(asked, ticket, hindrances)).toList();
        });
  }

  private Set<HostName> hosts(List<Ticket> tickets) {
    return tickets.stream()
        .flatMap(ticket -> registry.tenant(Slug.of(ticket.tenant())).stream())
        .map(Tenant::host)
        .collect(toSet());
  }

  private Admitted admit(
      StoredRollout rollout, Ticket ticket, Map<HostName, Hindrance> hindrances) {
    Admitted admitted = leftOut(rollout, ticket).orElseGet(() -> plan(rollout, ticket, hindrances));
    if (admitted.plan() == null) {
      // An earlier attempt at the same tickets may have entered it, and have failed at another.
      withdraw(rollout.id(), ticket, admitted.message());
      return admitted;
    }
    // Together: what is in the ledger and of no rollout is soon taken for never started.
    transaction.executeWithoutResult(
        begun -> {
          if (ledger.find(ticket.upgradeId()).isEmpty()) {
            admission.admit(admitted.plan());
          }
          rollouts.begun(rollout.id(), ticket.tenant(), ticket.upgradeId());
        });
    return admitted;
  }

  private Optional<Admitted> leftOut(StoredRollout rollout, Ticket ticket) {
    return rollout.order().rehearsal() == RehearsalMode.NONE
        ? Optional.empty()
        : rollouts
            .refusedInRehearsal(rollout.id(), ticket.tenant())
            .map(refusal -> refused(ticket, Outcome.LEFT_OUT, refusal));
  }

  private void withdraw(UUID rollout, Ticket ticket, String reason) {
    admission.withdraw(ticket.upgradeId(), reason);
    rollouts.withdrawn(rollout, ticket.tenant(), ticket.upgradeId());
  }

  private Admitted plan(StoredRollout rollout, Ticket ticket, Map<HostName, Hindrance> hindrances) {
    Optional<Tenant> registered = registry.tenant(Slug.of(ticket.tenant()));
    if (registered.isEmpty()) {
      return refused(ticket, Outcome.GONE, "It is not registered any more.");
    }
    Tenant tenant = registered.get();
    Optional<LedgerEntry> holder = ledger.holding(tenant.id());
    if (holder.isPresent()) {
      return refused(
          ticket,
          Outcome.HELD,
          "It needs a person since upgrade " + holder.get().heldUpgrade() + ".");
    }
    Hindrance hindrance = hindrances.get(tenant.host());
    if (hindrance != null) {
      return refused(
          ticket, hindrance.mayPass() ? Outcome.AWAY : Outcome.REJECTED, hindrance.reason());
    }
    AppProfile profile = registry.app(AppName.of(tenant.app())).orElseThrow();
    UpgradePlan plan =
        new UpgradePlan(
            ticket.upgradeId(),
            Operation.UPGRADE.protocol(),
            tenant,
            profile,
            rollout.order().target(),
            null,
            new UpgradeOptions(true, true, false, "rollout " + rollout.id()),
            rollout.requestedBy());
    return new Admitted(ticket.tenant(), plan, null, null);
  }

  @Override
  public List<Admitted> planRehearsals(UUID rollout, List<Ticket> tickets) {
    return orTryAgain(
        () -> {
          StoredRollout asked = rollouts.find(rollout).orElseThrow();
          Map<HostName, Hindrance> hindrances = hostsAway.hindrances(hosts(tickets));
          return tickets.stream().map(ticket -> plan(asked, ticket, hindrances)).toList();
        });
  }

  @Override
  public void recordRehearsals(UUID rollout, List<Rehearsed> rehearsed) {
    orTryAgain(
        () -> {
          rollouts.recordRehearsals(rollout, rehearsed);
          return null;
        });
  }

  @Override
  public List<TenantOutcome> findStalled(UUID rollout, List<Ticket> underWay) {
    return silentHosts.among(underWay);
  }

  @Override
  public List<TenantOutcome> probeWave(UUID rollout, int wave) {
    return orTryAgain(() -> probes.failedLate(rollouts.find(rollout).orElseThrow(), wave));
  }

  @Override
  public void withdrawUpgrades(UUID rollout, List<Ticket> notStarted) {
    orTryAgain(
        () -> {
          for (Ticket ticket : notStarted) {
            withdraw(rollout, ticket, "its rollout was paused, halted or aborted");
          }
          return null;
        });
  }

  @Override
  public void cancelUpgrades(UUID rollout, List<Ticket> underWay, CancelOrder order) {
    List<CompletableFuture<Void>> asked =
        Stream.concat(
                underWay.stream().map(Ticket::upgradeId),
                orTryAgain(() -> rollouts.stalled(rollout)).values().stream())
            .flatMap(upgrade -> orTryAgain(() -> ledger.find(upgrade)).stream())
            .map(entry -> running.cancel(entry, order.reason(), order.requestedBy()))
            .map(answer -> answer.exceptionallyCompose(RolloutDeskRecorder::orTooLate))
            .toList();
    try {
      asked.forEach(CompletableFuture::join);
    } catch (CompletionException unsure) {
      throw ApplicationFailure.newFailure(unsure.getCause().getMessage(), "not_cancelled");
    }
  }

  private static CompletableFuture<Void> orTooLate(Throwable failure) {
    Throwable told = failure instanceof CompletionException ? failure.getCause() : failure;
    return told instanceof Problem problem && problem.getStatusCode() == HttpStatus.CONFLICT
        ? CompletableFuture.completedFuture(null)
        : CompletableFuture.failedFuture(told);
  }

  private static Admitted refused(Ticket ticket, Outcome outcome, String message) {
    return new Admitted(ticket.tenant(), null, outcome, message);
  }

  @Override
  public void recordOutcomes(UUID rollout, List<TenantOutcome> outcomes) {
    orTryAgain(
        () -> {
          rollouts.recordOutcomes(rollout, outcomes);
          outcomes.forEach(one -> versions.forget(Slug.of(one.tenant())));
          // What was entered for a tenant that something else worked on was not started.
          outcomes.stream()
              .filter(one -> one.outcome() == Outcome.BUSY && one.upgradeId() != null)
              .forEach(one -> admission.withdraw(one.upgradeId(), "something else works on it"));
          return null;
        });
  }

  @Override
  public void recordRollout(RolloutProgress progress) {
    orTryAgain(
        () -> {
          rollouts.recordProgress(progress);
          rollouts.recount(progress.id());
          return null;
        });
  }

  // Without the stack trace, which would be repeated in the history and the log until it is back.
  private static <T> T orTryAgain(Supplier<T> body) {
    try {
      return body.get();
    } catch (DataAccessException | TransactionException away) {
      throw ApplicationFailure.newFailure(
          "the registry does not answer: " + away.getMessage(), "registry_away");
    } catch (Problem changed) {
      throw ApplicationFailure.newFailure(changed.getBody().getDetail(), "registry_changed");
    }
  }
}
