package dev.uplift.worker;

import dev.uplift.code.CheckOutRelease;
import dev.uplift.code.Checkout;
import dev.uplift.code.EarlierRelease;
import dev.uplift.code.FetchRelease;
import dev.uplift.code.LookUpVersion;
import dev.uplift.code.Mirrors;
import dev.uplift.code.ReleaseProfiles;
import dev.uplift.code.ReleaseTree;
import dev.uplift.code.RestoreCode;
import dev.uplift.database.BackUpDatabase;
import dev.uplift.database.DatabaseIdentity;
import dev.uplift.database.LiveDatabase;
import dev.uplift.database.ReinstateDatabase;
import dev.uplift.database.RestoreDatabase;
import dev.uplift.database.RowCounts;
import dev.uplift.database.SchemaCheck;
import dev.uplift.dependency.DependencyIdentity;
import dev.uplift.dependency.InstallDependencies;
import dev.uplift.dependency.ReleaseFiles;
import dev.uplift.dependency.RestoreDependencies;
import dev.uplift.dependency.StageDependencies;
import dev.uplift.evidence.host.EvidenceKeeper;
import dev.uplift.evidence.host.EvidenceStore;
import dev.uplift.health.DowntimeMeter;
import dev.uplift.health.HealthNow;
import dev.uplift.health.Probe;
import dev.uplift.host.Cutover;
import dev.uplift.host.DeadMan;
import dev.uplift.host.Fingerprint;
import dev.uplift.host.Heartbeats;
import dev.uplift.host.Holds;
import dev.uplift.host.HostActivities;
import dev.uplift.host.HostConfiguration;
import dev.uplift.host.HostPaths;
import dev.uplift.host.HostStep;
import dev.uplift.host.Machine;
import dev.uplift.host.Presence;
import dev.uplift.host.StepContext;
import dev.uplift.host.TenantLocks;
import dev.uplift.host.TenantPaths;
import dev.uplift.host.Territory;
import dev.uplift.inspect.CheckTenant;
import dev.uplift.inspect.DiskReservations;
import dev.uplift.inspect.InspectRollback;
import dev.uplift.inspect.InspectTenant;
import dev.uplift.inspect.PreviewRollback;
import dev.uplift.inspect.ProbeTenants;
import dev.uplift.inspect.Successes;
import dev.uplift.journal.Journals;
import dev.uplift.migration.Confinement;
import dev.uplift.migration.DatabaseCheck;
import dev.uplift.migration.RehearseMigrations;
import dev.uplift.migration.RunMigrations;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.yaml.ProfileReader;
import dev.uplift.retention.BackupActivities;
import dev.uplift.retention.HostRetention;
import dev.uplift.retention.Housekeeping;
import dev.uplift.retention.TenantRetention;
import dev.uplift.runbook.Runbook;
import dev.uplift.service.CheckHealth;
import dev.uplift.service.Guard;
import dev.uplift.service.HeldUnits;
import dev.uplift.service.ProcessServiceManager;
import dev.uplift.service.ServiceManager;
import dev.uplift.service.StartServices;
import dev.uplift.service.StopServices;
import dev.uplift.service.SystemdServiceManager;
import dev.uplift.service.UnitName;
import dev.uplift.upgrade.Operation;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.StepInput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;

/** The steps of this host, and what they are made of. */
@Configuration(proxyBeanMethods = false)
@Conditional(HasHostRole.class)
class HostWiring {
  private final Clock clock = Clock.systemDefaultZone();
  private final Map<String, String> environment = System.getenv();

  @Bean
  HostConfiguration hostConfiguration(WorkerProperties properties) {
    try {
      // Mount namespaces and locks know files by their real path.
      return properties.hostConfiguration(
          Files.createDirectories(properties.host().state()).toRealPath());
    } catch (IOException e) {
      throw new UncheckedIOException("the state directory cannot be used", e);
    }
  }

  @Bean
  HostPaths hostPaths(HostConfiguration configuration) {
    return configuration.paths();
  }

  @Bean
  Machine machine(WorkerProperties properties, HostConfiguration configuration) {
    return Machine.of(properties.host().machineIdFile(), configuration.state());
  }

  @Bean
  Journals journals(HostPaths paths) {
    return new Journals(paths);
  }

  @Bean
  TenantLocks tenantLocks(HostPaths paths) {
    return new TenantLocks(paths);
  }

  @Bean
  Presence presence() {
    return new Presence(clock);
  }

  @Bean
  Heartbeats heartbeats() {
    return new Heartbeats();
  }

  @Bean
  Guard guard(HostPaths paths) {
    return new Guard(paths);
  }

  @Bean
  ServiceManager serviceManager(
      HostPaths paths, HostConfiguration configuration, WorkerProperties properties) {
    if (properties.host().services() == WorkerProperties.Services.PROCESS) {
      return new ProcessServiceManager(paths, configuration.serviceDefinitions(), environment);
    }
    if (!SystemdServiceManager.isAvailable()) {
      throw new IllegalArgumentException(
          "uplift.host.services is systemd, but systemd does not run this machine; with 'process'"
              + " and uplift.host.service-definitions the worker starts services itself");
    }
    return new SystemdServiceManager(paths);
  }

  @Bean
  Mirrors mirrors(HostPaths paths) {
    return new Mirrors(paths);
  }

  @Bean
  EvidenceKeeper evidenceKeeper(HostPaths paths, Journals journals, ServiceManager services) {
    return new EvidenceKeeper(
        new EvidenceStore(paths), journals, services, HostWiring::gitStatusOf, clock);
  }

  @Bean
  DiskReservations diskReservations(
      HostConfiguration configuration, Presence presence, Journals journals) {
    return new DiskReservations(configuration.keepFreeBytes(), stillRunning(presence, journals));
  }

  @Bean
  InspectRollback inspectRollback(
      HostConfiguration configuration, Journals journals, Mirrors mirrors, DiskReservations disk) {
    return new InspectRollback(
        configuration, new Successes(journals), new EarlierRelease(mirrors), disk);
  }

  @Bean
  Cutover cutover(
      HostConfiguration configuration,
      HostPaths paths,
      Journals journals,
      TenantLocks locks,
      ServiceManager services,
      Guard guard,
      Mirrors mirrors,
      EvidenceKeeper evidence,
      Housekeeping housekeeping,
      InspectRollback inspectRollback) {
    Probe probe = new Probe();
    DowntimeMeter meter = new DowntimeMeter(probe);
    RestoreDatabase restoreDatabase = new RestoreDatabase(clock);
    Map<Step, HostStep> unwatched =
        Map.ofEntries(
            Map.entry(Step.STOP_SERVICES, new StopServices(services, guard, meter)),
            Map.entry(Step.BACK_UP_DATABASE, new BackUpDatabase(clock)),
            Map.entry(Step.CHECK_OUT_RELEASE, new CheckOutRelease(mirrors)),
            Map.entry(Step.INSTALL_DEPENDENCIES, new InstallDependencies()),
            Map.entry(
                Step.RUN_MIGRATIONS,
                new RunMigrations(
                    releases(mirrors), restoreDatabase::rewind, databaseCheck(), environment)),
            Map.entry(Step.REINSTATE_DATABASE, new ReinstateDatabase()),
            Map.entry(Step.START_SERVICES, new StartServices(services, guard, meter)),
            Map.entry(Step.CHECK_HEALTH, new CheckHealth(services, probe, meter)),
            Map.entry(Step.RESTORE_DATABASE, restoreDatabase),
            Map.entry(Step.RESTORE_DEPENDENCIES, new RestoreDependencies()),
            Map.entry(Step.RESTORE_CODE, new RestoreCode()));
    Map<Step, HostStep> steps = new EnumMap<>(unwatched);
    steps.replaceAll(evidence::watched);
    return new Cutover(
        paths,
        journals,
        locks,
        new Territory(configuration),
        steps,
        new Fingerprint(HostWiring::codeOf, HostWiring::dependenciesOf, HostWiring::databaseOf),
        input -> requireAsInspected(input, inspectRollback),
        input -> guard.raise(unitsOf(input), "held since upgrade " + input.plan().upgradeId()),
        (input, state) -> Runbook.of(input, state, paths, services::startCommand),
        services::isGoingDown,
        List.of(
            (input, context) -> housekeeping.ended(input),
            evidence,
            (input, context) -> BackUpDatabase.discard(context)));
  }

  @Bean
  TenantRetention tenantRetention(
      HostConfiguration configuration,
      WorkerProperties properties,
      Journals journals,
      TenantLocks locks) {
    return new TenantRetention(
        configuration, properties.host().retention().policy(), journals, locks, clock);
  }

  @Bean
  HostRetention hostRetention(
      HostConfiguration configuration,
      WorkerProperties properties,
      Journals journals,
      Presence presence) {
    return new HostRetention(
        configuration, properties.host().retention().policy(), journals, presence, clock);
  }

  @Bean
  Housekeeping housekeeping(
      HostConfiguration configuration,
      WorkerProperties properties,
      TenantRetention tenants,
      HostRetention host,
      Journals journals) {
    return new Housekeeping(
        properties.host().retention().policy(),
        tenants,
        host,
        journals,
        new Territory(configuration));
  }

  @Bean
  BackupActivities backupActivities(
      HostConfiguration configuration,
      TenantRetention tenants,
      HostRetention host,
      Heartbeats heartbeats) {
    return new BackupActivities(tenants, host, new Territory(configuration), heartbeats);
  }

  @Bean
  ProbeTenants probeTenants(HostConfiguration configuration) {
    return new ProbeTenants(
        new Territory(configuration),
        new ReleaseProfiles(ProfileReader::readRelease),
        new HealthNow(new Probe()),
        Duration.ofSeconds(2));
  }

  @Bean
  Holds holds(
      Journals journals,
      TenantLocks locks,
      Presence presence,
      Cutover cutover,
      ServiceManager services,
      Guard guard) {
    return new Holds(journals, locks, presence, cutover, new HeldUnits(services, guard), clock);
  }

  @Bean
  DeadMan deadMan(
      Cutover cutover,
      Journals journals,
      TenantLocks locks,
      Presence presence,
      HostConfiguration configuration) {
    return new DeadMan(cutover, journals, locks, presence, configuration);
  }

  @Bean
  HostActivities hostActivities(
      HostConfiguration configuration,
      HostPaths paths,
      Machine machine,
      Journals journals,
      ServiceManager services,
      Guard guard,
      Mirrors mirrors,
      Cutover cutover,
      EvidenceKeeper evidence,
      DiskReservations disk,
      InspectRollback inspectRollback,
      Holds holds,
      Presence presence,
      Heartbeats heartbeats) {
    LiveDatabase liveDatabase = LiveDatabase.withThisJvm();
    HealthNow health = new HealthNow(new Probe());
    Function<DiskReservations, InspectTenant> inspection =
        room ->
            new InspectTenant(
                configuration,
                journals,
                services,
                guard,
                new ReleaseProfiles(ProfileReader::readRelease),
                liveDatabase,
                health,
                room);
    InspectTenant inspectTenant = inspection.apply(disk);
    FetchRelease fetchRelease = new FetchRelease(mirrors, ProfileReader::readRelease);
    HostActivities.Preparation preparation =
        new HostActivities.Preparation(
            (plan, context) -> inspectTenant.run(plan, context.with(evidence.of(plan))),
            fetchRelease::run,
            inspectRollback,
            evidence.watched(
                Step.STAGE_DEPENDENCIES, new StageDependencies(releases(mirrors), environment)),
            evidence.watched(
                Step.REHEARSE_MIGRATIONS,
                new RehearseMigrations(
                    releases(mirrors),
                    liveDatabase::snapshot,
                    databaseCheck(),
                    Confinement.probe(paths, environment),
                    environment)),
            disk::giveBack);
    LookUpVersion versions = new LookUpVersion(mirrors, clock);
    return new HostActivities(
        paths,
        machine,
        new Territory(configuration),
        preparation,
        cutover,
        holds,
        versions::lookUpVersion,
        new CheckTenant(
                inspection.apply(disk.withoutTakingRoom()),
                services,
                health,
                versions::lookUpVersion,
                clock)
            ::run,
        evidence::read,
        new PreviewRollback(new Successes(journals), liveDatabase),
        presence,
        heartbeats);
  }

  private static Predicate<UUID> stillRunning(Presence presence, Journals journals) {
    return upgrade ->
        presence.seenWithin(upgrade, Duration.ofMinutes(2))
            || journals.unsettled().stream()
                .anyMatch(journal -> journal.state().input().plan().upgradeId().equals(upgrade));
  }

  private static Function<StepInput, ReleaseFiles> releases(Mirrors mirrors) {
    return input -> {
      ReleaseTree tree =
          mirrors.tree(input.plan().tenant(), input.plan().profile(), input.to().commit());
      return new ReleaseFiles() {
        @Override
        public Optional<byte[]> read(String path) {
          return tree.read(path);
        }

        @Override
        public boolean has(String path) {
          return tree.has(path);
        }

        @Override
        public SortedMap<String, String> identities(String path) {
          return tree.identities(path);
        }

        @Override
        public void exportTo(Path directory) {
          tree.exportTo(directory);
        }
      };
    };
  }

  private static DatabaseCheck databaseCheck() {
    return new DatabaseCheck() {
      @Override
      public void afterRehearsal(StepContext context, Path database) {
        SchemaCheck.afterRehearsal(context, database);
      }

      @Override
      public void afterMigration(StepContext context, Path database) {
        SchemaCheck.afterMigration(context, database);
      }

      @Override
      public void noteRows(StepContext context, Path database) {
        RowCounts.note(context, database);
      }
    };
  }

  private static String codeOf(StepInput input) {
    try (Checkout checkout = Checkout.open(Path.of(input.plan().tenant().path()))) {
      return checkout.identity();
    }
  }

  private static String gitStatusOf(StepInput input) {
    try (Checkout checkout = Checkout.open(Path.of(input.plan().tenant().path()))) {
      return checkout.status();
    }
  }

  /**
   * Staging and rehearsal may have taken long: somebody may have worked in the checkout meanwhile.
   */
  private static void requireAsInspected(StepInput input, InspectRollback inspectRollback) {
    try (Checkout checkout = Checkout.open(Path.of(input.plan().tenant().path()))) {
      checkout.requireUnchangedSince(input.from().commit());
    }
    if (input.plan().operation() == Operation.ROLLBACK) {
      inspectRollback.requireStillThere(input);
    }
  }

  private static List<UnitName> unitsOf(StepInput input) {
    return UnitName.of(input.plan().tenant(), input.plan().profile());
  }

  private static String databaseOf(StepInput input) {
    AppProfile profile = input.from().profile();
    return DatabaseIdentity.of(TenantPaths.of(input.plan().tenant(), profile), profile.state());
  }

  private static String dependenciesOf(StepInput input) {
    return DependencyIdentity.of(Path.of(input.plan().tenant().path()), input.from().profile());
  }
}
