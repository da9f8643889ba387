package dev.uplift.retention;

import static dev.uplift.retention.RetainedTenant.ACME;
import static dev.uplift.retention.RetainedTenant.keeping;
import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.host.AttemptCancellation;
import dev.uplift.host.Presence;
import dev.uplift.host.TenantLocks;
import dev.uplift.host.Territory;
import dev.uplift.journal.Journal;
import dev.uplift.upgrade.StepResult;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HousekeepingTest {
  private final Clock clock = Clock.systemUTC();
  @TempDir Path home;
  private RetainedTenant acme;
  private TenantLocks locks;

  @BeforeEach
  void makeTenantWithTwoBackups() throws Exception {
    acme = new RetainedTenant(home);
    locks = new TenantLocks(acme.paths());
    acme.succeeded(Instant.now().minus(Duration.ofDays(2)));
    acme.succeeded(Instant.now().minus(Duration.ofDays(1)));
  }

  @Test
  void aTenantIsPrunedWhenAnUpgradeOfItIsOver() throws Exception {
    Housekeeping housekeeping = housekeeping(keeping(0, 0));

    housekeeping.look();
    assertThat(acme.kept()).as("nobody asked yet").hasSize(4);
    housekeeping.ended(acme.input(UUID.randomUUID()));
    housekeeping.look();

    assertThat(acme.kept()).hasSize(2);
  }

  @Test
  void aTenantThatIsStillHeldByItsLastStepIsPrunedLater() throws Exception {
    Housekeeping housekeeping = housekeeping(keeping(0, 0));
    housekeeping.ended(acme.input(UUID.randomUUID()));
    try (TenantLocks.Held step = locks.tryAcquire(ACME, new AttemptCancellation())) {
      // In a thread of its own: whoever holds the lock may take it again.
      CompletableFuture.runAsync(housekeeping::look).get(30, TimeUnit.SECONDS);
      assertThat(acme.kept()).hasSize(4);
    }

    housekeeping.look();

    assertThat(acme.kept()).hasSize(2);
  }

  @Test
  void whileTheNextUpgradeIsOpenNothingIsDeletedAndItsEndAsksAgain() throws Exception {
    Housekeeping housekeeping = housekeeping(keeping(0, 0));
    Journal next = acme.begun(Instant.now());
    housekeeping.ended(acme.input(UUID.randomUUID()));
    housekeeping.look();
    assertThat(acme.kept()).hasSize(6);

    next.committed(StepResult.of("healthy"));
    acme.journals.close(next);
    housekeeping.ended(next.state().input());
    housekeeping.look();

    assertThat(acme.kept()).hasSize(2);
  }

  @Test
  void aHostThatIsNotToPruneByItselfDoesNot() throws Exception {
    Housekeeping housekeeping = housekeeping(new RetentionPolicy(false, keeping(0, 0).limits()));

    housekeeping.ended(acme.input(UUID.randomUUID()));
    housekeeping.look();

    assertThat(acme.kept()).hasSize(4);
  }

  @Test
  void aWorkerThatEndsDeletesNothingMore() throws Exception {
    Housekeeping housekeeping = housekeeping(keeping(0, 0));
    housekeeping.ended(acme.input(UUID.randomUUID()));

    housekeeping.stop();
    housekeeping.look();

    assertThat(acme.kept()).hasSize(4);
  }

  private Housekeeping housekeeping(RetentionPolicy policy) {
    return new Housekeeping(
        policy,
        new TenantRetention(acme.configuration(), policy, acme.journals, locks, clock),
        new HostRetention(acme.configuration(), policy, acme.journals, new Presence(clock), clock),
        acme.journals,
        new Territory(acme.configuration()));
  }
}
