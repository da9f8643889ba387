package dev.uplift.dependency;

import dev.uplift.command.Command;
import dev.uplift.command.CommandResult;
import dev.uplift.command.CommandRunner;
import dev.uplift.host.Redaction;
import dev.uplift.host.StepFailure;
import dev.uplift.profile.DependencySpec;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** What any other installer leaves in a copy of the release. */
final class CommandSets {
  private static final Duration TIMEOUT = Duration.ofMinutes(30);

  /** Files at the root of a release by which installers decide what to install. */
  private static final List<String> MANIFESTS =
      List.of(
          ".npmrc",
          "Cargo.lock",
          "Cargo.toml",
          "Gemfile",
          "Gemfile.lock",
          "Pipfile",
          "Pipfile.lock",
          "composer.json",
          "composer.lock",
          "go.mod",
          "go.sum",
          "npm-shrinkwrap.json",
          "package-lock.json",
          "package.json",
          "pnpm-lock.yaml",
          "poetry.lock",
          "pyproject.toml",
          "uv.lock",
          "yarn.lock");

  private final Map<String, String> environment;

  CommandSets(Map<String, String> environment) {
    this.environment = environment;
  }

  SetRequest request(DependencySpec.Command spec, SetRequest.Origin origin) {
    List<SetRequest.Link> links =
        spec.produces().stream().map(path -> new SetRequest.Link(path, Path.of(path))).toList();
    return new SetRequest(
        idOf(spec, origin.files(), origin.commit()),
        String.join(" ", spec.run()),
        links,
        (set, commands) -> build(spec, origin, set, commands));
  }

  static SetId idOf(DependencySpec.Command spec, ReleaseFiles files, String commit) {
    SetId.Builder id =
        SetId.of("command 1")
            .with("run", String.join("\0", spec.run()))
            .with("produces", String.join("\0", spec.produces()));
    SortedMap<String, byte[]> manifests = new TreeMap<>();
    MANIFESTS.forEach(name -> files.read(name).ifPresent(content -> manifests.put(name, content)));
    manifests.forEach(id::with);
    // Only manifests at the root are known; a command that works elsewhere may read any file.
    boolean worksElsewhere =
        manifests.isEmpty() || spec.run().stream().anyMatch(word -> word.contains("/"));
    return worksElsewhere ? id.with("commit", commit).build() : id.build();
  }

  private void build(
      DependencySpec.Command spec, SetRequest.Origin origin, Path set, CommandRunner commands) {
    Path release = origin.exportFiles();
    CommandResult result =
        commands.run(new Command(spec.run(), release, environment, TIMEOUT).atLowPriority());
    if (!result.succeeded()) {
      throw InstallerFailure.of("'" + String.join(" ", spec.run()) + "'", result);
    }
    for (String path : spec.produces()) {
      Path produced = release.resolve(path);
      if (!Files.exists(produced, LinkOption.NOFOLLOW_LINKS)) {
        throw new StepFailure(
            FailureKind.PROFILE_INVALID,
            "The command did not make '" + path + "'.",
            Redaction.of(result.output()),
            "Correct the command, or what the profile says that it produces.");
      }
      try {
        Files.createDirectories(set.resolve(path).getParent());
        Files.move(produced, set.resolve(path), StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
