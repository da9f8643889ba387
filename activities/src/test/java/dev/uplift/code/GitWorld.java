package dev.uplift.code;

import dev.uplift.command.CommandRunner;
import dev.uplift.host.Cancellation;
import dev.uplift.host.HostPaths;
import dev.uplift.host.StepContext;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.DependencySpec;
import dev.uplift.profile.HealthCheck;
import dev.uplift.profile.Migrations;
import dev.uplift.profile.Rehearsal;
import dev.uplift.profile.ReleaseProfile;
import dev.uplift.profile.Upstream;
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
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.eclipse.jgit.util.FS;
import org.eclipse.jgit.util.FileUtils;

/**
 * An upstream with two releases and a tenant cloned from it, made with native git. The {@code
 * .gitignore} is of the nasty kind: it hides the database, and misses a link named venv.
 */
final class GitWorld {
  /** For an upstream's answer, of which a busy machine has to start the processes first. */
  static final Duration PATIENCE = Duration.ofSeconds(30);

  static final Tag OLD = Tag.of("v0.2.0");
  static final Tag NEW = Tag.of("v0.3.0");
  private static final List<String> SCRIPTS =
      List.of("scripts/create_schema.py", "scripts/add_columns.py", "scripts/add_segments.py");

  final Path root;
  final Path upstream;
  final Path checkout;
  final HostPaths paths;
  final Mirrors mirrors;
  final FileNotes notes;

  GitWorld(Path root) {
    this.root = root;
    this.upstream = root.resolve("upstream");
    this.checkout = root.resolve("acme");
    this.paths = new HostPaths(root.resolve("state"));
    this.notes = new FileNotes(root.resolve("notes"));
    this.mirrors = new Mirrors(paths.mirrors(), Duration.ofSeconds(15));
  }

  private static final AtomicReference<Path> TEMPLATE = new AtomicReference<>();

  /** A copy of a world that is made once: a dozen git processes for every test would be slow. */
  static synchronized GitWorld create(Path root) {
    try {
      if (TEMPLATE.get() == null) {
        Path template = Files.createTempDirectory("git-world");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(template)));
        make(template);
        // Where JGit measures the file system, files come and go: not in a directory of a test.
        IsolatedGit.install();
        FS.FileStoreAttributes.get(template);
        TEMPLATE.set(template);
      }
      Path template = TEMPLATE.get();
      for (String part : List.of("upstream", "acme")) {
        run(root, List.of("cp", "-a", template.resolve(part).toString(), root.toString()));
      }
      Path config = root.resolve("acme/.git/config");
      String origin = Files.readString(config).replace(template.toString(), root.toString());
      Files.writeString(config, origin);
      return new GitWorld(root);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void delete(Path directory) {
    try {
      FileUtils.delete(directory.toFile(), FileUtils.RECURSIVE | FileUtils.SKIP_MISSING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static GitWorld make(Path root) {
    GitWorld world = new GitWorld(root);
    world.git(root, "init", "--quiet", "--initial-branch=main", "upstream");
    world.writeUpstream(".gitignore", "*.db\nvenv/\n");
    world.writeUpstream("app.py", "VERSION = '0.2.0'\n");
    world.writeUpstream("scripts/create_schema.py", "print('schema')\n");
    world.writeUpstream("scripts/__init__.py", "");
    world.writeUpstream("legacy/only/old.txt", "gone in 0.3.0\n");
    world.writeUpstream("becomes_directory", "a file in 0.2.0\n");
    world.writeUpstream("becomes_file/inner.txt", "a directory in 0.2.0\n");
    world.executable(world.upstream.resolve("bin/run"), "#!/bin/sh\nexit 0\n");
    world.release(OLD);
    world.writeUpstream("app.py", "VERSION = '0.3.0'\n");
    world.writeUpstream("scripts/add_columns.py", "print('columns')\n");
    world.writeUpstream("fresh/deep/module.py", "NEW = True\n");
    world.git(world.upstream, "rm", "--quiet", "-r", "legacy", "becomes_directory", "becomes_file");
    world.writeUpstream("becomes_directory/inner.txt", "a directory in 0.3.0\n");
    world.writeUpstream("becomes_file", "a file in 0.3.0\n");
    world.link(world.upstream.resolve("current"), "app.py");
    world.release(NEW);
    world.git(root, "clone", "--quiet", "upstream", "acme");
    world.git(world.checkout, "checkout", "--quiet", "main");
    world.git(world.checkout, "reset", "--quiet", "--hard", OLD.ref());
    return world;
  }

  Path mirrorDirectory() {
    return mirror().directory();
  }

  Mirror mirror() {
    return mirrors.of(FetchSource.parse(upstream.toString(), root, null));
  }

  void release(Tag tag) {
    commitUpstream("release " + tag);
    git(upstream, "tag", tag.name());
  }

  CommitId commitUpstream(String message) {
    git(upstream, "add", "--all", "--force");
    git(upstream, "commit", "--quiet", "--allow-empty", "--message", message);
    return commit(upstream, "HEAD");
  }

  void writeUpstream(String path, String content) {
    write(upstream.resolve(path), content);
  }

  void writeCheckout(String path, String content) {
    write(checkout.resolve(path), content);
  }

  CommitId commit(Path repository, String revision) {
    return CommitId.of(git(repository, "rev-parse", revision + "^{commit}").strip());
  }

  String git(Path directory, String... arguments) {
    List<String> command = new ArrayList<>(List.of("git"));
    command.addAll(List.of(arguments));
    return run(directory, command);
  }

  private static String run(Path directory, List<String> command) {
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
      builder
          .environment()
          .putAll(
              Map.of(
                  "HOME", "/nonexistent",
                  "GIT_CONFIG_NOSYSTEM", "1",
                  "GIT_AUTHOR_NAME", "Test",
                  "GIT_AUTHOR_EMAIL", "test@localhost",
                  "GIT_COMMITTER_NAME", "Test",
                  "GIT_COMMITTER_EMAIL", "test@localhost"));
      Process process = builder.start();
      String output = new String(process.getInputStream().readAllBytes());
      if (process.waitFor() != 0) {
        throw new AssertionError(command + " in " + directory + " failed:\n" + output);
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static void write(Path file, String content) {
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void executable(Path file, String content) {
    write(file, content);
    file.toFile().setExecutable(true);
  }

  void link(Path link, String target) {
    try {
      Files.createDirectories(link.getParent());
      Files.createSymbolicLink(link, Path.of(target));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Tenant tenant() {
    return new Tenant(
        Slug.of("acme"),
        "cbapp",
        HostName.of("localhost"),
        checkout.toString(),
        null,
        Map.of(),
        Map.of("api", 18080));
  }

  /** The profile without an upstream, so that the checkout's origin is used. */
  static AppProfile profile() {
    return profile(null);
  }

  static AppProfile profile(Upstream upstream) {
    return new AppProfile(
        upstream,
        "db/pocket.db",
        List.of("db/keys.json"),
        List.of("{slug}-api"),
        List.of(
            new DependencySpec.Python("requirements.txt", "venv"),
            new DependencySpec.Command(
                List.of("npm", "ci"), List.of("web/node_modules"), List.of())),
        new Migrations(List.of("venv/bin/python", "{script}"), SCRIPTS, List.of()),
        List.of(new HealthCheck("http://127.0.0.1:{api_port}/health", 200, null, null)),
        null,
        new Rehearsal(true, List.of(".env")),
        null);
  }

  UpgradePlan plan(Tag target, CommitId commit) {
    return plan(target, commit, profile(), UpgradeOptions.DEFAULTS);
  }

  UpgradePlan plan(Tag target, CommitId commit, AppProfile profile, UpgradeOptions options) {
    return new UpgradePlan(
        UUID.randomUUID(),
        UpgradePlan.PROTOCOL,
        tenant(),
        profile,
        target,
        commit,
        options,
        "test");
  }

  Deployed deployed() {
    try (Checkout opened = Checkout.open(checkout)) {
      return new Deployed(
          opened.version(),
          opened.releaseTag().orElse(null),
          opened.head(),
          profile(),
          true,
          List.of(),
          List.of());
    }
  }

  Release fetch(UpgradePlan plan) {
    return new FetchRelease(mirrors, yaml -> ReleaseProfile.UNCHANGED)
        .run(plan, deployed(), context());
  }

  StepInput fetched() {
    UpgradePlan plan = plan(NEW, null);
    return new StepInput(plan, deployed(), fetch(plan), Direction.FORWARD);
  }

  StepContext context() {
    return new StepContext(
        paths, Cancellation.NEVER, CommandRunner.withoutLock(Cancellation.NEVER), notes);
  }

  /** What a kill leaves: new and old files mixed, a half-written one, the old index and a lock. */
  void interruptCheckOut(StepInput input) throws IOException {
    try (Checkout opened = Checkout.open(checkout)) {
      new Relocation(opened, opened.tree(input.from().commit()), mirror().tree(input.to().commit()))
          .before()
          .note(notes);
    }
    git(checkout, "fetch", "--quiet", "origin");
    for (Map.Entry<String, String> file :
        Map.of(
                "app.py", "VERSION = '0.3.0'\n",
                "scripts/add_columns.py", "print('columns')\n",
                "scripts/._add_columns.py12345.tmp", "print('co",
                "fresh/deep/module.py", "NEW = True\n")
            .entrySet()) {
      writeCheckout(file.getKey(), file.getValue());
    }
    Files.delete(checkout.resolve("legacy/only/old.txt"));
    Files.delete(checkout.resolve("legacy/only"));
    Files.delete(checkout.resolve("becomes_directory"));
    writeCheckout("becomes_directory/inner.txt", "a directory in 0.3.0\n");
    writeCheckout(".git/index.lock", "");
    writeCheckout(".git/HEAD.lock", "");
  }

  /** Every path in the checkout but those in .git, with kind, mode and content. */
  SortedMap<String, String> picture() {
    return pictureOf(checkout);
  }

  SortedMap<String, String> pictureOf(Path directory) {
    SortedMap<String, String> picture = new TreeMap<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.toList()) {
        String path = directory.relativize(file).toString();
        if (path.isEmpty() || path.equals(".git") || path.startsWith(".git/")) {
          continue;
        }
        String kind;
        if (Files.isSymbolicLink(file)) {
          kind = "link " + Files.readSymbolicLink(file);
        } else {
          kind = Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS).toString();
          kind += Files.isDirectory(file) ? " directory" : " " + Files.readString(file);
        }
        picture.put(path, kind);
      }
      return picture;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Notes that outlive the process that wrote them. */
  static final class FileNotes implements StepContext.Notes {
    private final Path directory;

    FileNotes(Path directory) {
      this.directory = directory;
    }

    @Override
    public void put(String key, String value) {
      write(directory.resolve(key + ".new"), value);
      try {
        Files.move(
            directory.resolve(key + ".new"),
            directory.resolve(key),
            StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public Optional<String> get(String key) {
      try {
        Path file = directory.resolve(key);
        return Files.exists(file) ? Optional.of(Files.readString(file)) : Optional.empty();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
