package dev.uplift.dependency;

import dev.uplift.command.Command;
import dev.uplift.command.CommandResult;
import dev.uplift.command.CommandRunner;
import dev.uplift.durable.Directories;
import dev.uplift.host.Redaction;
import dev.uplift.host.StepFailure;
import dev.uplift.profile.DependencySpec;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Stream;

/**
 * What any other installer, or a build, makes of a release: {@code npm ci}, {@code npm run build},
 * {@code composer install}.
 *
 * <p>The command runs where its products stay, since some write down where they are. All else of
 * the release is taken away afterwards.
 */
final class CommandSets {
  private static final Duration TIMEOUT = Duration.ofMinutes(30);
  private final Map<String, String> environment;

  CommandSets(Map<String, String> environment) {
    this.environment = environment;
  }

  SetRequest request(DependencySpec.Command spec, SetRequest.Origin origin) {
    List<SetRequest.Link> links =
        spec.produces().stream().map(path -> new SetRequest.Link(path, Path.of(path))).toList();
    return new SetRequest(
        idOf(spec, origin),
        shown(spec),
        links,
        (set, commands) -> build(spec, origin, set, commands));
  }

  // A build may read any file of the release, and an installer may run scripts of it.
  private static SetId idOf(DependencySpec.Command spec, SetRequest.Origin origin) {
    SetId.Builder id =
        SetId.of("command 2")
            .with("run", String.join("\0", spec.run()))
            .with("produces", String.join("\0", spec.produces()));
    origin.earlier().forEach((path, set) -> id.with("earlier " + path, set.toString()));
    if (spec.inputs().isEmpty()) {
      return id.with("commit", origin.commit()).build();
    }
    for (String input : spec.inputs()) {
      SortedMap<String, String> files = origin.files().identities(input);
      if (files.isEmpty()) {
        throw new StepFailure(
            FailureKind.PROFILE_INVALID,
            "The release has no '" + input + "', which the profile names as an input.",
            shown(spec),
            "Correct 'inputs' of that dependency, or add the file under a new tag.");
      }
      files.forEach(id::with);
    }
    return id.build();
  }

  private void build(
      DependencySpec.Command spec, SetRequest.Origin origin, Path set, CommandRunner commands) {
    try {
      origin.files().exportTo(set);
      requireNotThere(spec, set);
      for (Map.Entry<String, Path> earlier : origin.earlier().entrySet()) {
        Path link = set.resolve(earlier.getKey());
        Files.createDirectories(link.getParent());
        Files.createSymbolicLink(link, earlier.getValue());
      }
      CommandResult result =
          commands.run(new Command(spec.run(), set, environment, TIMEOUT).atLowPriority());
      origin.evidence().keep("installers/" + shown(spec), result.printed());
      if (!result.succeeded()) {
        throw InstallerFailure.of("'" + shown(spec) + "'", result);
      }
      requireMade(spec, set, result);
      keepOnly(spec.produces(), set);
      requireSelfContained(spec, set);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void requireNotThere(DependencySpec.Command spec, Path set) {
    for (String path : spec.produces()) {
      if (Files.exists(set.resolve(path), LinkOption.NOFOLLOW_LINKS)) {
        throw new StepFailure(
            FailureKind.PROFILE_INVALID,
            "The release has '" + path + "' itself, so no command can produce it.",
            shown(spec),
            "Remove it from git ('git rm -r --cached') and ignore it, under a new tag; or take it out"
                + " of 'produces'.");
      }
    }
  }

  private static void requireMade(DependencySpec.Command spec, Path set, CommandResult result)
      throws IOException {
    for (String path : spec.produces()) {
      Path made = set.resolve(path);
      boolean there = Files.exists(made, LinkOption.NOFOLLOW_LINKS);
      boolean isDirectory = Files.isDirectory(made, LinkOption.NOFOLLOW_LINKS);
      if (!isDirectory || !made.toRealPath().equals(set.toRealPath().resolve(path))) {
        throw new StepFailure(
            FailureKind.PROFILE_INVALID,
            there
                ? "What the command made at '" + path + "' is not a directory at that place."
                : "The command did not make '" + path + "'.",
            "'" + shown(spec) + "' ended well:\n" + Redaction.of(result.output()),
            "Correct the command, or what the profile says that it produces.");
      }
    }
  }

  /** Removes everything below {@code set} but these directories and those above them. */
  private static void keepOnly(List<String> produced, Path set) throws IOException {
    for (Path entry : entries(set)) {
      String path = entry.getFileName().toString();
      List<String> below = new ArrayList<>();
      for (String kept : produced) {
        if (kept.startsWith(path + "/")) {
          below.add(kept.substring(path.length() + 1));
        }
      }
      if (!below.isEmpty()) {
        keepOnly(below, entry);
      } else if (!produced.contains(path)) {
        Directories.remove(entry);
      }
    }
  }

  private static List<Path> entries(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.toList();
    }
  }

  /** Refuses links to files of the release: another release would find those of this one. */
  private static void requireSelfContained(DependencySpec.Command spec, Path set)
      throws IOException {
    List<Path> kept = spec.produces().stream().map(set::resolve).toList();
    for (Path directory : kept) {
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path link : files.filter(Files::isSymbolicLink).toList()) {
          Path target = link.resolveSibling(Files.readSymbolicLink(link)).normalize();
          if (target.startsWith(set) && kept.stream().noneMatch(target::startsWith)) {
            throw new StepFailure(
                FailureKind.PROFILE_INVALID,
                "'" + set.relativize(link) + "' is a link to a file of the release itself.",
                set.relativize(link) + " -> " + set.relativize(target),
                "Have it copied instead (npm: '--install-links'), or add its target to 'produces'.");
          }
        }
      }
    }
  }

  private static String shown(DependencySpec.Command spec) {
    return String.join(" ", spec.run());
  }
}
