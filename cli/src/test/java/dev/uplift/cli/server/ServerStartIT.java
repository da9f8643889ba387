package dev.uplift.cli.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.cli.LauncherProcess;
import dev.uplift.scenario.Eventually;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A server that is told what it cannot use ends at once, and says so in a sentence. */
@Tag("full")
class ServerStartIT {
  private static final Duration SOON = Duration.ofMinutes(1);
  private static final int TERMINATED = 128 + 15;
  private static final String ELSEWHERE = "--set uplift.engine.target=192.0.2.7:7233";

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        ELSEWHERE + "|192.0.2.7:7233 is on another machine",
        ELSEWHERE + "|uplift.engine.tls.cert-file",
        "--set uplift.engine.api-key-file=/nonexistent|uplift.engine.api-key-file: there is no file",
        "--set uplift.engine.api-key-file=/etc/passwd|/etc/passwd may be read or written by others (mode 0644",
        "--set uplift.engine.tls.ca-file=/nonexistent|uplift.engine.tls.ca-file: there is no file",
        "--set uplift.engine.tls.cert-file=/nonexistent|uplift.engine.tls.key-file belong together"
      })
  void anEngineThatCannotBeUsedIsTold(String settings, String told) throws Exception {
    assertRefused("api --set uplift.port=0 --set uplift.database=" + database(), settings, told);
    assertRefused("worker --set uplift.roles=workflows", settings, told);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--set uplift.database=jdbc:postgresql://db/uplift?password=hunter2|uplift.database-password-file",
        "--set uplift.database=jdbc:postgresql://db/uplift|uplift.database-user",
        "--set uplift.database=jdbc:postgresql://db/uplift --set uplift.database-user=ops"
            + " --set uplift.database-password-file=/etc/passwd|uplift.database-password-file: /etc/passwd may be read",
        "--set uplift.database=registry.db --set uplift.database-user=ops|uplift.database is a file"
      })
  void aRegistryThatCannotBeUsedIsTold(String settings, String told) throws Exception {
    assertRefused("api --set uplift.port=0", settings, told);
  }

  @Test
  void anApiThatHasNotFoundItsEngineEndsWithoutAStackTrace() throws Exception {
    String settings = " --set uplift.engine.target=127.0.0.1:1 --set uplift.database=" + database();
    try (LauncherProcess server =
        LauncherProcess.start(directory, ("api --set uplift.port=0" + settings).split(" "))) {
      Eventually.within(SOON, "the API starts", () -> server.out().contains("Started Uplift"));
      server.terminate();
      assertThat(server.exitCode(SOON)).isEqualTo(TERMINATED);
      assertThat(server.out() + server.err()).doesNotContain("\tat ");
    }
  }

  private Path database() {
    return directory.resolve("registry.db");
  }

  private void assertRefused(String command, String settings, String told) throws Exception {
    try (LauncherProcess server =
        LauncherProcess.start(directory, (command + " " + settings).split(" "))) {
      assertThat(server.exitCode(SOON)).isEqualTo(1);
      assertThat(server.out() + server.err())
          .contains(told, "did not start")
          .doesNotContain("\tat ", "hunter2");
    }
  }
}
