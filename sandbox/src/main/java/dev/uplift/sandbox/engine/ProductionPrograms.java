package dev.uplift.sandbox.engine;

import dev.uplift.sandbox.SandboxException;
import dev.uplift.sandbox.UserHome;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The programs of a Temporal cluster, which are not those of the dev server: the server, the tool
 * that makes its schema, and the schema. {@code .ci/run} builds them into the cache.
 *
 * @param schema the directory with one below it for each database
 */
public record ProductionPrograms(Path server, Path sqlTool, Path schema) {
  /** That of the image in docker-compose.yml. */
  public static final String VERSION = "1.32.0";

  private static final String IN_MODULE =
      "go.temporal.io/server@v" + VERSION + "/schema/postgresql/v12";

  /** Looks in our cache, then where Go puts programs and modules. */
  public static Optional<ProductionPrograms> find() {
    Map<String, String> environment = System.getenv();
    Path cache = UserHome.cache();
    Path go =
        Path.of(environment.getOrDefault("GOPATH", UserHome.directory().resolve("go").toString()));
    Path bin = Path.of(environment.getOrDefault("GOBIN", go.resolve("bin").toString()));
    Path modules =
        Path.of(environment.getOrDefault("GOMODCACHE", go.resolve("pkg/mod").toString()));
    return Stream.of(
            new ProductionPrograms(
                cache.resolve("temporal-server"),
                cache.resolve("temporal-sql-tool"),
                cache.resolve("temporal-schema")),
            new ProductionPrograms(
                bin.resolve("server"), bin.resolve("sql"), modules.resolve(IN_MODULE)))
        .filter(ProductionPrograms::areThere)
        .findFirst();
  }

  private boolean areThere() {
    return Files.isExecutable(server)
        && Files.isExecutable(sqlTool)
        && Files.isDirectory(schema)
        && run(server, "--version").contains(VERSION);
  }

  /** What a program prints, which must end well. */
  static String run(Path program, String... arguments) {
    try {
      ProcessBuilder builder =
          new ProcessBuilder(
                  Stream.concat(Stream.of(program.toString()), Stream.of(arguments)).toList())
              .redirectInput(new File("/dev/null"))
              .redirectErrorStream(true);
      Process process = builder.start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new SandboxException(program + " failed: " + output);
      }
      return output;
    } catch (IOException e) {
      throw new SandboxException(program + " cannot be run", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException("interrupted", e);
    }
  }
}
