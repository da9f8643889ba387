package dev.uplift.api.registry;

import dev.uplift.profile.AppProfile;
import dev.uplift.profile.yaml.AppName;
import dev.uplift.profile.yaml.Fleet;
import dev.uplift.profile.yaml.Host;
import dev.uplift.profile.yaml.ProfileReader;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** The hosts, apps and tenants that are known. */
@Component
public class Registry {
  private static final TypeReference<Map<String, String>> LABELS = new TypeReference<>() {};
  private static final TypeReference<Map<String, Integer>> PORTS = new TypeReference<>() {};

  private final JdbcClient database;
  private final RegistryAddress address;
  private final JsonMapper json;

  Registry(JdbcClient database, RegistryAddress address, JsonMapper json) {
    this.database = database;
    this.address = address;
    this.json = json;
  }

  /**
   * Lets the changes of two transactions happen one after the other: each looks at the registry as
   * a whole before it writes. SQLite has one writer at a time anyway.
   */
  void lockForChange() {
    if (address.isPostgresql()) {
      database.sql("lock table host, app, tenant in share row exclusive mode").update();
    }
  }

  /**
   * Keeps others from changing the registry until this transaction is over, but not from reading
   * it. SQLite has one writer at a time anyway.
   */
  public void lockAgainstChange() {
    if (address.isPostgresql()) {
      database.sql("lock table host, app, tenant in share mode").update();
    }
  }

  public List<Tenant> tenants() {
    return database.sql("select * from tenant order by id").query(this::readTenant).list();
  }

  public Optional<Tenant> tenant(Slug id) {
    return database
        .sql("select * from tenant where id = ?")
        .param(id.value())
        .query(this::readTenant)
        .optional();
  }

  /** The profile that is registered under {@code name}, or else comes with Uplift under it. */
  public Optional<AppProfile> app(AppName name) {
    return database
        .sql("select profile from app where name = ?")
        .param(name.value())
        .query(String.class)
        .optional()
        .map(ProfileReader::readAppJson)
        .or(() -> ProfileReader.builtIn(name));
  }

  /** All that is registered; what comes with Uplift is not. */
  Fleet fleet() {
    return new Fleet(hosts(), apps(), tenants());
  }

  Map<AppName, AppProfile> apps() {
    Map<AppName, AppProfile> apps = new LinkedHashMap<>();
    database
        .sql("select name, profile from app order by name")
        .query(
            row -> {
              apps.put(
                  AppName.of(row.getString("name")),
                  ProfileReader.readAppJson(row.getString("profile")));
            });
    return apps;
  }

  public List<Host> hosts() {
    return database.sql("select * from host order by name").query(this::readHost).list();
  }

  Optional<Host> host(HostName name) {
    return database
        .sql("select * from host where name = ?")
        .param(name.value())
        .query(this::readHost)
        .optional();
  }

  void save(Host host) {
    database
        .sql(
            "insert into host (name, labels) values (?, ?)"
                + " on conflict (name) do update set labels = excluded.labels")
        .params(host.name().value(), json.writeValueAsString(host.labels()))
        .update();
  }

  void save(AppName name, AppProfile profile) {
    database
        .sql(
            "insert into app (name, profile) values (?, ?)"
                + " on conflict (name) do update set profile = excluded.profile")
        .params(name.value(), json.writeValueAsString(profile))
        .update();
  }

  void save(Tenant tenant) {
    database
        .sql(
            """
            insert into tenant (id, app, host, path, ring, labels, ports) values (?, ?, ?, ?, ?, ?, ?)
            on conflict (id) do update set app = excluded.app, host = excluded.host, path = excluded.path,
              ring = excluded.ring, labels = excluded.labels, ports = excluded.ports
            """)
        .params(
            tenant.id().value(),
            tenant.app(),
            tenant.host().value(),
            tenant.path(),
            tenant.ring(),
            json.writeValueAsString(tenant.labels()),
            json.writeValueAsString(tenant.ports()))
        .update();
  }

  boolean deleteHost(HostName name) {
    return database.sql("delete from host where name = ?").param(name.value()).update() > 0;
  }

  boolean deleteApp(AppName name) {
    return database.sql("delete from app where name = ?").param(name.value()).update() > 0;
  }

  boolean deleteTenant(Slug id) {
    return database.sql("delete from tenant where id = ?").param(id.value()).update() > 0;
  }

  private Host readHost(ResultSet row, int index) throws SQLException {
    return new Host(
        HostName.of(row.getString("name")), json.readValue(row.getString("labels"), LABELS));
  }

  private Tenant readTenant(ResultSet row, int index) throws SQLException {
    return new Tenant(
        Slug.of(row.getString("id")),
        row.getString("app"),
        HostName.of(row.getString("host")),
        row.getString("path"),
        row.getString("ring"),
        json.readValue(row.getString("labels"), LABELS),
        json.readValue(row.getString("ports"), PORTS));
  }
}
