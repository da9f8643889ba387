package dev.uplift.dependency;

import dev.uplift.command.CommandRunner;
import dev.uplift.host.Cancellation;
import dev.uplift.host.HostPaths;
import dev.uplift.host.StepContext;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.DependencySpec;
import dev.uplift.profile.HealthCheck;
import dev.uplift.profile.Migrations;
import dev.uplift.profile.Rehearsal;
import dev.uplift.profile.Timeouts;
import dev.uplift.release.CommitId;
import dev.uplift.release.Tag;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.Deployed;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Release;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.UpgradeOptions;
import dev.uplift.upgrade.UpgradePlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A tenant with an empty checkout, a release whose files are those of a directory, and an upgrade
 * of the one to the other.
 */
public final class SampleUpgrade {
  public final Path checkout;
  public final Path release;
  public final HostPaths paths;
  public final Map<String, String> notes = new HashMap<>();
  public final UUID id;
  private String commit = "b".repeat(40);
  private List<DependencySpec> dependencies = List.of();
  private Migrations migrations = Migrations.NONE;
  private Timeouts timeouts = Timeouts.DEFAULTS;
  private Rehearsal rehearsal = Rehearsal.DEFAULT;
  private boolean runMigrations = true;

  public SampleUpgrade(Path directory) {
    this(directory, UUID.randomUUID());
  }

  public SampleUpgrade(Path directory, UUID id) {
    this.id = id;
    try {
      Path root = directory.toRealPath();
      paths = new HostPaths(root.resolve("state"));
      checkout = Files.createDirectories(root.resolve("acme"));
      Files.createDirectories(checkout.resolve(".git"));
      release = Files.createDirectories(root.resolve("release"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public SampleUpgrade needs(DependencySpec... specs) {
    dependencies = List.of(specs);
    return this;
  }

  public SampleUpgrade migrates(Migrations changed) {
    migrations = changed;
    return this;
  }

  public SampleUpgrade within(Timeouts changed) {
    timeouts = changed;
    return this;
  }

  public SampleUpgrade rehearses(Rehearsal changed) {
    rehearsal = changed;
    return this;
  }

  public SampleUpgrade runsMigrations(boolean wanted) {
    runMigrations = wanted;
    return this;
  }

  public SampleUpgrade at(String releaseCommit) {
    commit = releaseCommit;
    return this;
  }

  public SampleUpgrade file(String path, String content) throws IOException {
    Path file = release.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
    return this;
  }

  public AppProfile profile() {
    return new AppProfile(
        null,
        "db/pocket.db",
        List.of(),
        List.of("{slug}-api"),
        dependencies,
        migrations,
        List.of(new HealthCheck("http://127.0.0.1:{api_port}/health", 200, null, null)),
        timeouts,
        rehearsal,
        null);
  }

  public StepInput input() {
    Tenant tenant =
        new Tenant(
            Slug.of("acme"),
            "cbapp",
            HostName.of("one"),
            checkout.toString(),
            null,
            Map.of(),
            Map.of("api", 8001));
    CommitId old = CommitId.of("a".repeat(40));
    CommitId target = CommitId.of(commit);
    Tag tag = Tag.of("v0.3.0");
    return new StepInput(
        new UpgradePlan(
            id,
            UpgradePlan.PROTOCOL,
            tenant,
            profile(),
            tag,
            target,
            new UpgradeOptions(true, runMigrations, false, null),
            "test"),
        new Deployed("v0.2.0", Tag.of("v0.2.0"), old, profile(), true, List.of(), List.of()),
        new Release(tag, target, profile(), List.of()),
        Direction.FORWARD);
  }

  public StepContext context() {
    return context(Cancellation.NEVER);
  }

  public StepContext context(Cancellation cancellation) {
    Slug tenant = Slug.of("acme");
    return new StepContext(
        paths,
        cancellation,
        CommandRunner.under(paths.commandLock(tenant), cancellation),
        new StepContext.Notes() {
          @Override
          public void put(String key, String value) {
            notes.put(key, value);
          }

          @Override
          public Optional<String> get(String key) {
            return Optional.ofNullable(notes.get(key));
          }
        });
  }

  public Function<StepInput, ReleaseFiles> releases() {
    return input -> new DirectoryFiles(release);
  }

  private record DirectoryFiles(Path root) implements ReleaseFiles {
    @Override
    public Optional<byte[]> read(String path) {
      try {
        Path file = root.resolve(path);
        return Files.isRegularFile(file) ? Optional.of(Files.readAllBytes(file)) : Optional.empty();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public boolean has(String path) {
      return Files.exists(root.resolve(path), LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public SortedMap<String, String> identities(String path) {
      SortedMap<String, String> found = new TreeMap<>();
      if (!has(path)) {
        return found;
      }
      try (Stream<Path> files = Files.walk(root.resolve(path))) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          String content = Files.readString(file, StandardCharsets.ISO_8859_1);
          found.put(root.relativize(file).toString(), content);
        }
        return found;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void exportTo(Path directory) {
      try (Stream<Path> files = Files.walk(root)) {
        for (Path file : files.filter(path -> !path.equals(root)).toList()) {
          Files.copy(file, directory.resolve(root.relativize(file)), LinkOption.NOFOLLOW_LINKS);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
