package dev.uplift.dependency;

import dev.uplift.command.Command;
import dev.uplift.command.CommandResult;
import dev.uplift.command.CommandRunner;
import dev.uplift.host.StepFailure;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A Python to build environments with.
 *
 * @param identity version, machine and place: what packages are built for
 */
record PythonInterpreter(Path executable, String identity) {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final String TELL_IDENTITY =
      "import os, platform, sys;"
          + "print(platform.python_implementation(), platform.python_version(),"
          + " platform.machine(), os.path.realpath(sys.executable))";

  /**
   * The interpreter of the environment that the tenant has now, so that an upgrade of the
   * application is not one of its Python too; without one, the {@code python3} of this host.
   */
  static PythonInterpreter of(Path venv, Map<String, String> environment, CommandRunner commands) {
    Path executable =
        candidates(configuration(venv), pathOf(environment)).stream()
            .filter(Files::isExecutable)
            .findFirst()
            .orElseThrow(PythonInterpreter::none);
    CommandResult told =
        commands.run(
            new Command(
                List.of(executable.toString(), "-c", TELL_IDENTITY),
                Path.of("/"),
                environment,
                TIMEOUT));
    if (!told.succeeded()) {
      throw new StepFailure(
          FailureKind.STEP_FAILED,
          "The Python of this host does not run: " + executable,
          told.output(),
          "Repair it, or remove it so that another one is used.");
    }
    return new PythonInterpreter(executable, told.output().strip());
  }

  /**
   * Where an interpreter may be, best first.
   *
   * @param configuration of the present environment; empty if there is none
   * @param path directories in which programs are looked for
   */
  static List<Path> candidates(Map<String, String> configuration, List<Path> path) {
    List<Path> candidates = new ArrayList<>();
    Optional.ofNullable(configuration.get("executable")).map(Path::of).ifPresent(candidates::add);
    List<String> names = new ArrayList<>();
    Optional.ofNullable(configuration.get("version"))
        .or(() -> Optional.ofNullable(configuration.get("version_info")))
        .map(PythonInterpreter::majorAndMinor)
        .ifPresent(version -> names.add("python" + version));
    names.add("python3");
    Optional.ofNullable(configuration.get("home"))
        .map(Path::of)
        .ifPresent(home -> names.forEach(name -> candidates.add(home.resolve(name))));
    names.forEach(name -> path.forEach(directory -> candidates.add(directory.resolve(name))));
    return candidates;
  }

  private static String majorAndMinor(String version) {
    String[] parts = version.split("\\.");
    return parts.length < 2 ? parts[0] : parts[0] + "." + parts[1];
  }

  private static Map<String, String> configuration(Path venv) {
    Map<String, String> values = new HashMap<>();
    try {
      for (String line : Files.readAllLines(venv.resolve("pyvenv.cfg"))) {
        int equals = line.indexOf('=');
        if (equals > 0) {
          values.put(line.substring(0, equals).strip(), line.substring(equals + 1).strip());
        }
      }
    } catch (IOException none) {
      return Map.of();
    }
    return values;
  }

  static List<Path> pathOf(Map<String, String> environment) {
    String path = environment.getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin");
    return List.of(path.split(":")).stream()
        .filter(directory -> directory.startsWith("/"))
        .map(Path::of)
        .toList();
  }

  private static StepFailure none() {
    return new StepFailure(
        FailureKind.STEP_FAILED,
        "This host has no Python to build the release's environment with.",
        null,
        "Install python3 and python3-venv on this host.");
  }
}
