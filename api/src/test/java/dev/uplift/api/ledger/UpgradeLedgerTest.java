package dev.uplift.api.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.uplift.api.registry.RegistryAddress;
import dev.uplift.api.registry.RegistryDatabase;
import dev.uplift.tenant.Slug;
import dev.uplift.upgrade.ReleasedTenant;
import dev.uplift.upgrade.UpgradeReport;
import dev.uplift.upgrade.UpgradeStatus;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.json.JsonMapper;

class UpgradeLedgerTest {
  private static final Slug ACME = Slug.of("acme");
  @TempDir private Path directory;
  private HikariDataSource database;
  private final List<Object> told = new ArrayList<>();
  private UpgradeLedger ledger;

  @BeforeEach
  void open() {
    database = RegistryDatabase.open(registry());
    ledger =
        new UpgradeLedger(
            JdbcClient.create(database), JsonMapper.shared(), Clock.systemUTC(), told::add);
  }

  RegistryAddress registry() {
    return RegistryAddress.file(directory.resolve("registry.db"));
  }

  @AfterEach
  void close() {
    if (database != null) {
      database.close();
    }
  }

  @Test
  void anOutcomeThatComesTwiceIsRecordedOnce() {
    UUID id = UUID.randomUUID();

    ledger.recordOutcome(report(id, UpgradeStatus.SUCCESS));
    ledger.recordOutcome(report(id, UpgradeStatus.SUCCESS));

    assertThat(ledger.page(10, null, ACME, null)).extracting(LedgerEntry::id).containsExactly(id);
  }

  @Test
  void theFirstOutcomeStays() {
    UUID id = UUID.randomUUID();
    ledger.recordOutcome(report(id, UpgradeStatus.ROLLED_BACK));

    ledger.recordOutcome(report(id, UpgradeStatus.SUCCESS));

    assertThat(ledger.find(id))
        .hasValueSatisfying(entry -> assertThat(entry.status()).isEqualTo("rolled_back"));
  }

  @Test
  void aReportThatComesLateReplacesLost() {
    UUID id = UUID.randomUUID();
    ledger.recordOutcome(report(id, UpgradeStatus.SUCCESS));
    UUID lost = UUID.randomUUID();
    JdbcClient.create(database)
        .sql("insert into upgrade (id, tenant, requested_at) values (?, 'acme', ?)")
        .params(lost.toString(), Instant.EPOCH.toString())
        .update();
    ledger.recordEnd(lost, LedgerEntry.LOST);
    ledger.recordEnd(id, LedgerEntry.LOST);

    ledger.recordOutcome(report(lost, UpgradeStatus.ROLLED_BACK));

    assertThat(ledger.find(lost).orElseThrow().status()).isEqualTo("rolled_back");
    assertThat(ledger.find(id).orElseThrow().status()).isEqualTo("success");
  }

  @Test
  void aTenantIsHeldUntilAnUpgradeOfItEndsWell() {
    UUID holder = UUID.randomUUID();
    ledger.recordOutcome(report(holder, UpgradeStatus.NEEDS_ATTENTION));
    ledger.recordOutcome(report(UUID.randomUUID(), UpgradeStatus.REJECTED));

    assertThat(ledger.holding(ACME)).map(LedgerEntry::id).contains(holder);
    assertThat(ledger.holding(Slug.of("zeta"))).isEmpty();

    ledger.recordOutcome(report(UUID.randomUUID(), UpgradeStatus.SUCCESS));
    assertThat(ledger.holding(ACME)).isEmpty();
  }

  @Test
  void anOutcomeThatComesAfterTheReleaseOfItsTenantHoldsNobody() {
    UUID holder = UUID.randomUUID();
    JdbcClient.create(database)
        .sql("insert into upgrade (id, tenant, requested_at) values (?, 'acme', ?)")
        .params(holder.toString(), Instant.EPOCH.toString())
        .update();
    ledger.recordRelease(
        new ReleasedTenant("acme", holder, List.of(), List.of(), "ada", "mended", Instant.EPOCH));

    ledger.recordOutcome(report(holder, UpgradeStatus.NEEDS_ATTENTION));

    assertThat(ledger.holding(ACME)).isEmpty();
    assertThat(ledger.find(holder).orElseThrow().released().by()).isEqualTo("ada");
  }

  @Test
  void anUpgradeOfARolloutMayBeginUntilSomethingIsHeardOfIt() {
    UUID upgrade = UUID.randomUUID();
    JdbcClient sql = JdbcClient.create(database);
    sql.sql(
            "insert into rollout (id, target_version, requested_by, requested_at, status,"
                + " rollout_order) values ('r', 'v2', 'ada', 'now', 'running', '{}')")
        .update();
    sql.sql(
            "insert into rollout_tenant (rollout, wave, position, tenant, host, upgrade)"
                + " values ('r', 0, 0, 'acme', 'one', ?)")
        .param(upgrade.toString())
        .update();
    assertThat(ledger.mayStillBegin(upgrade)).isTrue();
    assertThat(ledger.wasHeardOf(upgrade)).isFalse();

    sql.sql("update rollout_tenant set outcome = 'needs_attention'").update();
    assertThat(ledger.mayStillBegin(upgrade)).isFalse();
    assertThat(ledger.wasHeardOf(upgrade)).isTrue();
  }

  @Test
  void whatWasRefusedOrNeverStartedHasChangedNothing() {
    UUID success = UUID.randomUUID();
    ledger.recordOutcome(report(success, UpgradeStatus.SUCCESS));
    ledger.recordOutcome(report(UUID.randomUUID(), UpgradeStatus.REJECTED));
    UUID neverStarted = UUID.randomUUID();
    JdbcClient.create(database)
        .sql("insert into upgrade (id, tenant, requested_at) values (?, 'acme', ?)")
        .params(neverStarted.toString(), Instant.EPOCH.toString())
        .update();
    ledger.recordEnd(neverStarted, LedgerEntry.NOT_STARTED);
    assertThat(ledger.lastThatChanged(ACME)).map(LedgerEntry::id).contains(success);

    UUID rolledBack = UUID.randomUUID();
    ledger.recordOutcome(report(rolledBack, UpgradeStatus.ROLLED_BACK));
    assertThat(ledger.lastThatChanged(ACME)).map(LedgerEntry::id).contains(rolledBack);
    assertThat(ledger.lastThatChanged(Slug.of("zeta"))).isEmpty();
  }

  private static UpgradeReport report(UUID id, UpgradeStatus status) {
    return new UpgradeReport(
        status,
        "v1",
        "v2",
        "1234567",
        List.of(),
        null,
        List.of(),
        id,
        "acme",
        true,
        "v2",
        List.of(),
        null,
        null,
        null,
        List.of(),
        null,
        null,
        null,
        List.of(),
        null,
        "ada",
        null,
        Instant.EPOCH,
        Instant.EPOCH,
        null,
        null);
  }
}
