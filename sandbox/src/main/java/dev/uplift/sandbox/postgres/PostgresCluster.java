package dev.uplift.sandbox.postgres;

import dev.uplift.sandbox.LoopbackPorts;
import dev.uplift.sandbox.SandboxException;
import dev.uplift.sandbox.Watched;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A PostgreSQL server with a data directory of its own, on loopback, which ends with this process.
 * It does not run as root, so as root it is run as the user {@code postgres}.
 */
public final class PostgresCluster implements AutoCloseable {
  public static final String USER = "admin";
  public static final String PASSWORD = "only-for-tests";

  private static final Path DEBIAN = Path.of("/usr/lib/postgresql");
  private static final String OTHER_USER = "postgres";
  private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(60);
  private static final Duration ENDS_WITHIN = Duration.ofSeconds(20);
  private static final Duration ASK_PAUSE = Duration.ofMillis(100);

  private final Path programs;
  private final Path directory;
  private final int port = LoopbackPorts.free(1).get(0);
  private Process server;

  private PostgresCluster(Path programs, Path directory) {
    this.programs = programs;
    this.directory = directory;
  }

  /** Whether this machine has the programs, and a user to run them. */
  public static boolean isAvailable() {
    return programs().isPresent() && (!isRoot() || hasOtherUser());
  }

  /** Makes one and returns when it answers. */
  public static PostgresCluster start() {
    Path programs =
        programs()
            .orElseThrow(
                () -> new SandboxException("there is no initdb: install the package postgresql"));
    try {
      // Not in a test's own directory, into which the other user cannot look.
      Path directory = Files.createTempDirectory("uplift-postgres-");
      PostgresCluster cluster = new PostgresCluster(programs, directory);
      boolean started = false;
      try {
        cluster.initialise();
        cluster.resume();
        started = true;
        return cluster;
      } finally {
        if (!started) {
          cluster.close();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int port() {
    return port;
  }

  public long pid() {
    return server.pid();
  }

  /** The file with {@link #PASSWORD} in it. */
  public Path passwordFile() {
    return directory.resolve("password");
  }

  /** With which {@code psql} finds it, as the administrator. */
  public Map<String, String> environment() {
    return Map.of(
        "PGHOST",
        "127.0.0.1",
        "PGPORT",
        port(port),
        "PGPASSWORD",
        PASSWORD,
        "POSTGRES_USER",
        USER,
        "PATH",
        programs + File.pathSeparator + System.getenv("PATH"));
  }

  /** Makes a database in which text is ordered as people do, and answers its JDBC URL. */
  public String createDatabase(String name) {
    sql(
        "create database "
            + name
            + " template template0 encoding 'UTF8' locale_provider icu icu_locale 'en-US'"
            + " lc_collate 'C.UTF-8' lc_ctype 'C.UTF-8'");
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + name;
  }

  /** Runs a statement as the administrator. */
  public String sql(String statement) {
    return run(
        "psql",
        "-h",
        "127.0.0.1",
        "-p",
        port(port),
        "-U",
        USER,
        "-d",
        "postgres",
        "-Atc",
        statement);
  }

  /** Starts it again on what it had. */
  public void resume() {
    List<String> words = new ArrayList<>(List.of("setsid"));
    words.addAll(
        Watched.command(
            asOtherUser(
                List.of(
                    programs.resolve("postgres").toString(),
                    "-D",
                    data().toString(),
                    "-p",
                    port(port),
                    "-c",
                    "listen_addresses=127.0.0.1",
                    "-c",
                    "unix_socket_directories=",
                    // The machine does not crash in a test, only processes do.
                    "-c",
                    "fsync=off"))));
    try {
      server =
          new ProcessBuilder(words)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
              .start();
      awaitAnswer();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends it at once; clients are cut off. */
  public void stop() {
    if (server == null) {
      return;
    }
    try {
      // The fast shutdown: that of SIGTERM waits until the clients leave.
      new ProcessBuilder("kill", "-INT", Long.toString(server.pid())).start().waitFor();
      if (!server.waitFor(ENDS_WITHIN.toMillis(), TimeUnit.MILLISECONDS)) {
        server.destroyForcibly().waitFor();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      server.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    server = null;
  }

  @Override
  public void close() {
    stop();
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void initialise() throws IOException {
    Files.writeString(passwordFile(), PASSWORD + "\n");
    Files.createDirectory(data());
    if (isRoot()) {
      for (Path mine : List.of(directory, passwordFile(), data())) {
        Files.getFileAttributeView(mine, PosixFileAttributeView.class)
            .setOwner(
                FileSystems.getDefault()
                    .getUserPrincipalLookupService()
                    .lookupPrincipalByName(OTHER_USER));
      }
    }
    Files.setPosixFilePermissions(passwordFile(), PosixFilePermissions.fromString("rw-------"));
    run(
        "initdb",
        "-D",
        data().toString(),
        "-U",
        USER,
        "--pwfile=" + passwordFile(),
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync");
  }

  private void awaitAnswer() {
    long deadline = System.nanoTime() + ANSWERS_WITHIN.toNanos();
    try {
      while (!answers()) {
        if (!server.isAlive() || System.nanoTime() > deadline) {
          throw new SandboxException(
              "PostgreSQL does not answer: " + Files.readString(log(), StandardCharsets.UTF_8));
        }
        Thread.sleep(ASK_PAUSE.toMillis());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException("interrupted while PostgreSQL started", e);
    }
  }

  private boolean answers() throws IOException, InterruptedException {
    return new ProcessBuilder(
                programs.resolve("pg_isready").toString(),
                "-q",
                "-h",
                "127.0.0.1",
                "-p",
                port(port))
            .start()
            .waitFor()
        == 0;
  }

  private String run(String program, String... arguments) {
    List<String> words = new ArrayList<>(List.of(programs.resolve(program).toString()));
    words.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(asOtherUser(words))
            .directory(directory.toFile())
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true);
    builder.environment().put("PGPASSWORD", PASSWORD);
    try {
      Process process = builder.start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new SandboxException(program + " failed: " + output);
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException("interrupted", e);
    }
  }

  private static List<String> asOtherUser(List<String> words) {
    if (!isRoot()) {
      return words;
    }
    List<String> other =
        new ArrayList<>(
            List.of("setpriv", "--reuid=" + OTHER_USER, "--regid=" + OTHER_USER, "--init-groups"));
    other.addAll(words);
    return other;
  }

  private Path data() {
    return directory.resolve("data");
  }

  private Path log() {
    return directory.resolve("postgres.log");
  }

  private static String port(int port) {
    return Integer.toString(port);
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  private static boolean hasOtherUser() {
    try {
      return FileSystems.getDefault()
              .getUserPrincipalLookupService()
              .lookupPrincipalByName(OTHER_USER)
          != null;
    } catch (IOException unknown) {
      return false;
    }
  }

  // Debian keeps them off the PATH, a directory for each version.
  private static Optional<Path> programs() {
    Stream<Path> onPath =
        Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
            .filter(entry -> !entry.isBlank())
            .map(Path::of);
    return Stream.concat(debian().stream(), onPath)
        .filter(place -> Files.isExecutable(place.resolve("initdb")))
        .findFirst();
  }

  private static List<Path> debian() {
    if (!Files.isDirectory(DEBIAN)) {
      return List.of();
    }
    try (Stream<Path> versions = Files.list(DEBIAN)) {
      return versions
          .sorted(
              Comparator.comparingInt(
                      (Path version) -> Integer.parseInt(version.getFileName().toString()))
                  .reversed())
          .map(version -> version.resolve("bin"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
