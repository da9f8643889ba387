package dev.uplift.bench;

import dev.uplift.sandbox.Poller;
import dev.uplift.sandbox.Sandbox;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.PoisonedDatabase;
import dev.uplift.scenario.TenantFacts;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The tenants that are compared, as their users and their databases have it. */
final class Fleet {
  /** Every 10 ms, as in other tests, would be all that the machine does with forty services. */
  private static final Duration POLLED_EVERY = Duration.ofMillis(500);

  private static final int THIRD = 2;
  private final Sandbox sandbox;
  private final String target;

  Fleet(Sandbox sandbox, String target) {
    this.sandbox = sandbox;
    this.target = target;
  }

  /** Lets the last migration of the third tenant fail, when the one before it has done its work. */
  void poisonTheThird() throws SQLException {
    PoisonedDatabase.of(sandbox.tenants().get(THIRD));
  }

  /**
   * What was seen while all tenants were upgraded in some way.
   *
   * @param downtime of all tenants that are back, summed
   */
  record Seen(Duration took, Duration downtime, int down) {}

  interface Way {
    void upgradeAll() throws Exception;
  }

  Seen watch(Way way) throws Exception {
    List<Poller> clients = new ArrayList<>();
    try {
      for (SandboxTenant tenant : sandbox.tenants()) {
        clients.add(Poller.every(POLLED_EVERY, tenant));
      }
      long begin = System.nanoTime();
      way.upgradeAll();
      Duration took = Duration.ofNanos(System.nanoTime() - begin);
      // Whoever was just started is seen to be back.
      Thread.sleep(5 * POLLED_EVERY.toMillis());
      Duration downtime =
          clients.stream()
              .filter(client -> !client.isDown())
              .map(Poller::downtime)
              .reduce(Duration.ZERO, Duration::plus);
      return new Seen(took, downtime, (int) clients.stream().filter(Poller::isDown).count());
    } finally {
      clients.forEach(Poller::close);
    }
  }

  /** How many tenants there are in each state. */
  Map<String, Integer> left() throws Exception {
    Map<String, Integer> states = new TreeMap<>();
    for (SandboxTenant tenant : sandbox.tenants()) {
      states.merge(state(tenant), 1, Integer::sum);
    }
    return states;
  }

  private String state(SandboxTenant tenant) throws Exception {
    String release =
        TenantFacts.of(tenant).commit().equals(sandbox.upstream().commitOf(target))
            ? "new release"
            : "old release";
    Set<String> has = names(tenant);
    boolean first = has.contains("person_by_name");
    boolean last = has.contains("segment_member");
    String database = last ? "migrated" : first ? "half migrated" : "not migrated";
    boolean matches =
        release.equals("new release")
            ? database.equals("migrated")
            : database.equals("not migrated");
    String serves = TenantFacts.isHealthy(tenant) ? "serves" : "down";
    return matches ? serves + ", " + release : serves + ", " + release + ", database " + database;
  }

  private static Set<String> names(SandboxTenant tenant) throws SQLException {
    try (Connection connection = open(tenant);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT name FROM sqlite_master")) {
      Set<String> names = new HashSet<>();
      while (rows.next()) {
        names.add(rows.getString(1));
      }
      return names;
    }
  }

  private static Connection open(SandboxTenant tenant) throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + tenant.database() + "?busy_timeout=10000");
  }
}
