package dev.uplift.dependency;

import dev.uplift.command.Command;
import dev.uplift.command.CommandResult;
import dev.uplift.command.CommandRunner;
import dev.uplift.host.StepFailure;
import dev.uplift.profile.DependencySpec;
import dev.uplift.upgrade.FailureKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Virtual environments, built where they stay: their scripts name the place in their first line.
 */
final class PythonSets {
  private static final Duration TIMEOUT = Duration.ofMinutes(30);
  private final Map<String, String> environment;

  PythonSets(Map<String, String> environment) {
    this.environment = environment;
  }

  SetRequest request(DependencySpec.Python spec, SetRequest.Origin origin) {
    Requirements requirements = Requirements.read(spec.requirements(), origin.files()::read);
    requireUsable(requirements);
    PythonInterpreter python =
        PythonInterpreter.of(
            origin.checkout().resolve(spec.venv()), environment, origin.commands());
    PythonInstaller installer = PythonInstaller.of(environment);
    return new SetRequest(
        idOf(requirements, python, installer, origin.commit()),
        spec.requirements(),
        List.of(new SetRequest.Link(spec.venv(), Path.of(""))),
        (set, commands) -> build(spec, python, installer, origin, set, commands));
  }

  static SetId idOf(
      Requirements requirements,
      PythonInterpreter python,
      PythonInstaller installer,
      String commit) {
    SetId.Builder id =
        SetId.of("python 1").with("python", python.identity()).with("by", installer.name());
    requirements.files().forEach(id::with);
    // What is installed from the release's own files may differ with every release.
    return requirements.readsRelease() ? id.with("commit", commit).build() : id.build();
  }

  private void build(
      DependencySpec.Python spec,
      PythonInterpreter python,
      PythonInstaller installer,
      SetRequest.Origin origin,
      Path set,
      CommandRunner commands) {
    // From a copy of the release: a requirements file may refer to what lies beside it.
    Path release = origin.exportFiles();
    List<List<String>> steps =
        List.of(
            installer.create(python, set),
            installer.install(set, spec.requirements()),
            installer.check(set));
    for (List<String> words : steps) {
      CommandResult result =
          commands.run(new Command(words, release, environment, TIMEOUT).atLowPriority());
      origin.evidence().keep("installers/" + String.join(" ", words), result.printed());
      if (!result.succeeded()) {
        throw InstallerFailure.of(spec.requirements(), result);
      }
    }
  }

  private static void requireUsable(Requirements requirements) {
    if (!requirements.missing().isEmpty()) {
      throw new StepFailure(
          FailureKind.PROFILE_INVALID,
          "The release lacks a file that its dependencies are read from.",
          String.join("\n", requirements.missing()),
          "Add it under a new tag, or correct the profile's dependencies.");
    }
    if (!requirements.editable().isEmpty()) {
      throw new StepFailure(
          FailureKind.PROFILE_INVALID,
          "The release installs itself in place, but dependencies are installed apart from it.",
          String.join("\n", requirements.editable()),
          "Take the line out and start the services from the checkout, or list the release as a"
              + " package of its own.");
    }
  }
}
