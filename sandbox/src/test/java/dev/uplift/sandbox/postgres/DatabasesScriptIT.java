package dev.uplift.sandbox.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** deploy/databases.sh on a real server, with a psql that notes what others could see of it. */
@Tag("full")
@Timeout(120)
class DatabasesScriptIT {
  private static final String TEMPORAL = "temporal's c4n4ry";
  private static final String UPLIFT = "uplift-c4n4ry";
  @TempDir private Path directory;

  @BeforeEach
  void putSecrets() throws Exception {
    assumeTrue(
        PostgresCluster.isAvailable(),
        "needs PostgreSQL (package postgresql), and as root its user postgres");
    Files.writeString(directory.resolve("temporal-database"), TEMPORAL + "\n");
    Files.writeString(directory.resolve("uplift-database"), UPLIFT + "\n");
    Path psql =
        Files.writeString(
            directory.resolve("psql"),
            """
            #!/bin/sh
            { printf '%s\\n' "$0" "$@"; env; } >>"$SEEN"
            PATH=$REST exec psql "$@"
            """);
    Files.setPosixFilePermissions(psql, PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void thePasswordsAreSetAndSeenByNobody() throws Exception {
    try (PostgresCluster cluster = PostgresCluster.start()) {
      assertThat(run(cluster)).isZero();

      assertThat(seen()).contains("ON_ERROR_STOP=1").doesNotContain("c4n4ry");
      assertThat(query(cluster, "temporal", TEMPORAL)).isEqualTo("temporal");
      assertThat(query(cluster, "uplift", UPLIFT)).isEqualTo("uplift");
      assertThat(query(cluster, "uplift", "another")).contains("password authentication failed");
    }
  }

  @Test
  void withoutAPasswordNothingIsMade() throws Exception {
    Files.delete(directory.resolve("uplift-database"));
    try (PostgresCluster cluster = PostgresCluster.start()) {
      assertThat(run(cluster)).isNotZero();

      assertThat(cluster.sql("select count(*) from pg_roles where rolname = 'temporal'"))
          .isEqualToIgnoringWhitespace("0");
    }
  }

  private int run(PostgresCluster cluster) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(Path.of("..", "deploy", "databases.sh").toAbsolutePath().toString());
    Map<String, String> environment = builder.environment();
    environment.putAll(cluster.environment());
    environment.put("REST", environment.get("PATH"));
    environment.put("PATH", directory + File.pathSeparator + environment.get("PATH"));
    environment.put("SECRETS", directory.toString());
    environment.put("SEEN", directory.resolve("seen").toString());
    Process script =
        builder
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("output").toFile())
            .start();
    return script.waitFor();
  }

  private String seen() throws Exception {
    return Files.readString(directory.resolve("seen"));
  }

  private static String query(PostgresCluster cluster, String user, String password)
      throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            "env", "psql", "-X", "-At", "-U", user, "-d", user, "-c", "select current_database()");
    builder.environment().putAll(cluster.environment());
    builder.environment().put("PGPASSWORD", password);
    Process psql = builder.redirectErrorStream(true).start();
    psql.getOutputStream().close();
    String said = new String(psql.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    psql.waitFor();
    return said.strip();
  }
}
