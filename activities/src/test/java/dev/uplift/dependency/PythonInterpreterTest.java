package dev.uplift.dependency;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PythonInterpreterTest {
  private static final List<Path> PATH = List.of(Path.of("/usr/bin"));

  @Test
  void theInterpreterOfThePresentEnvironmentComesFirst() {
    Map<String, String> configuration =
        Map.of(
            "home", "/opt/python/bin",
            "executable", "/opt/python/bin/python3.11",
            "version", "3.11.2");

    assertThat(PythonInterpreter.candidates(configuration, PATH))
        .containsExactly(
            Path.of("/opt/python/bin/python3.11"),
            Path.of("/opt/python/bin/python3.11"),
            Path.of("/opt/python/bin/python3"),
            Path.of("/usr/bin/python3.11"),
            Path.of("/usr/bin/python3"));
  }

  @Test
  void aVersionIsLookedForBeforeAnyPython() {
    assertThat(PythonInterpreter.candidates(Map.of("version_info", "3.9.18.final.0"), PATH))
        .containsExactly(Path.of("/usr/bin/python3.9"), Path.of("/usr/bin/python3"));
  }

  @Test
  void withoutAnEnvironmentItIsTheHostsPython() {
    assertThat(PythonInterpreter.candidates(Map.of(), PATH))
        .containsExactly(Path.of("/usr/bin/python3"));
  }
}
