package dev.uplift.dependency;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The commands that make a virtual environment, fill it, and tell whether what is in it goes
 * together.
 */
sealed interface PythonInstaller {

  String name();

  List<String> create(PythonInterpreter python, Path venv);

  List<String> install(Path venv, String requirements);

  List<String> check(Path venv);

  /**
   * uv where the host has it, because it installs several times as fast; else pip. A host that
   * configures pip and not uv means pip: uv would not see the package index that is named there.
   */
  static PythonInstaller of(Map<String, String> environment) {
    if (configuresPip(environment) && !configures("UV_", environment)) {
      return new Pip();
    }
    return PythonInterpreter.pathOf(environment).stream()
        .map(directory -> directory.resolve("uv"))
        .filter(Files::isExecutable)
        .findFirst()
        .<PythonInstaller>map(Uv::new)
        .orElseGet(Pip::new);
  }

  private static boolean configuresPip(Map<String, String> environment) {
    Path home = Path.of(environment.getOrDefault("HOME", "/"));
    return configures("PIP_", environment)
        || Stream.of(
                Path.of("/etc/pip.conf"),
                home.resolve(".config/pip/pip.conf"),
                home.resolve(".pip/pip.conf"))
            .anyMatch(Files::exists);
  }

  private static boolean configures(String prefix, Map<String, String> environment) {
    return environment.keySet().stream().anyMatch(name -> name.startsWith(prefix));
  }

  record Pip() implements PythonInstaller {
    @Override
    public String name() {
      return "pip";
    }

    @Override
    public List<String> create(PythonInterpreter python, Path venv) {
      return List.of(python.executable().toString(), "-m", "venv", venv.toString());
    }

    @Override
    public List<String> install(Path venv, String requirements) {
      return pip(venv, "install", "--no-input", "-r", requirements);
    }

    @Override
    public List<String> check(Path venv) {
      return pip(venv, "check");
    }

    private static List<String> pip(Path venv, String... words) {
      String python = venv.resolve("bin/python").toString();
      return Stream.concat(
              Stream.of(python, "-m", "pip", "--disable-pip-version-check"), Stream.of(words))
          .toList();
    }
  }

  record Uv(Path executable) implements PythonInstaller {
    @Override
    public String name() {
      return "uv";
    }

    // As pip's, so that a tenant finds the same environment wherever it was made: uv's own would be
    // without pip and setuptools.
    @Override
    public List<String> create(PythonInterpreter python, Path venv) {
      return new Pip().create(python, venv);
    }

    // Copied from uv's cache, not linked: a file that is changed in one set must not change in
    // others.
    @Override
    public List<String> install(Path venv, String requirements) {
      return uv(
          "pip",
          "install",
          "--link-mode",
          "copy",
          "--compile-bytecode",
          "--python",
          python(venv),
          "-r",
          requirements);
    }

    @Override
    public List<String> check(Path venv) {
      return uv("pip", "check", "--python", python(venv));
    }

    private List<String> uv(String... words) {
      return Stream.concat(Stream.of(executable.toString()), Stream.of(words)).toList();
    }

    private static String python(Path venv) {
      return venv.resolve("bin/python").toString();
    }
  }
}
