package dev.uplift.sandbox.engine;

import dev.uplift.sandbox.SandboxException;
import dev.uplift.sandbox.UserHome;
import io.temporal.testing.TemporalDevServerOptions;
import io.temporal.testing.internal.devserver.TemporalDevServerDownloader;
import java.io.File;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Where a real {@code temporal} program is on this machine, and how to come by one.
 *
 * @param environment of this process: {@code PATH}, {@code UPLIFT_CACHE}, {@code GOBIN}
 * @param home the user's
 */
public record TemporalBinary(Map<String, String> environment, Path home) {
  private static final String NAME = "temporal";

  /** The newest whose module can be installed by name: later ones replace a module by a folder. */
  private static final String GO_MODULE = "github.com/temporalio/cli/cmd/temporal@v1.5.1";

  private static final String DOWNLOAD_SITE_PROPERTY =
      "io.temporal.testing.devServerDownloadBaseUrl";
  private static final String DOWNLOAD_SITE = "https://temporal.download";
  private static final int REACHABLE_WITHIN_MILLIS = 4000;

  /** For this process and its user. */
  public static TemporalBinary ofThisMachine() {
    return new TemporalBinary(System.getenv(), UserHome.directory());
  }

  /** Where {@link #install} puts it: {@code UPLIFT_CACHE}, or {@code ~/.cache/uplift}. */
  public Path cached() {
    return UserHome.cache(environment, home).resolve(NAME);
  }

  /** Looks on the PATH, then in our cache, then where Go puts programs. */
  public Optional<Path> find() {
    Stream<Path> onPath = inPath(NAME);
    Stream<Path> elsewhere = Stream.of(cached(), goPrograms().resolve(NAME));
    return Stream.concat(onPath, elsewhere).filter(TemporalBinary::isProgram).findFirst();
  }

  /**
   * The one that is there; without one, downloads it, or builds it with Go, which takes minutes.
   *
   * @param progress is told what is being done, in words for the terminal
   * @throws SandboxException if none of that works, with what to do
   */
  public Path install(Consumer<String> progress) {
    Optional<Path> found = find();
    if (found.isPresent()) {
      return found.get();
    }
    List<String> reasons = new ArrayList<>();
    for (Source source : List.<Source>of(this::download, this::buildWithGo)) {
      try {
        Path program = source.make(progress);
        Files.createDirectories(cached().getParent());
        Files.move(program, cached(), StandardCopyOption.REPLACE_EXISTING);
        return cached();
      } catch (IOException | SandboxException e) {
        reasons.add(e.getMessage());
      }
    }
    throw new SandboxException(
        "there is no temporal program (%s); install the Temporal CLI so that it is on the PATH, or copy it to %s"
            .formatted(String.join("; ", reasons), cached()));
  }

  /** Makes a program somewhere below the cache's directory, from where it is moved to its place. */
  private interface Source {
    Path make(Consumer<String> progress) throws IOException;
  }

  private Path download(Consumer<String> progress) {
    String site = System.getProperty(DOWNLOAD_SITE_PROPERTY, DOWNLOAD_SITE);
    requireReachable(site);
    progress.accept("Downloading temporal from " + site);
    try {
      return TemporalDevServerDownloader.prepare(
          TemporalDevServerOptions.newBuilder()
              .setDownloadEnabled(true)
              .setDownloadDestination(cached().resolveSibling("download").toString())
              .build());
    } catch (RuntimeException e) {
      Throwable reason = e.getCause() == null ? e : e.getCause();
      throw new SandboxException("the download failed: " + reason.getMessage(), e);
    }
  }

  // The downloader itself waits for a minute and more.
  private static void requireReachable(String site) {
    try {
      HttpURLConnection connection = (HttpURLConnection) URI.create(site).toURL().openConnection();
      connection.setConnectTimeout(REACHABLE_WITHIN_MILLIS);
      connection.setReadTimeout(REACHABLE_WITHIN_MILLIS);
      connection.setRequestMethod("HEAD");
      connection.getResponseCode();
      connection.disconnect();
    } catch (IOException e) {
      throw new SandboxException(site + " cannot be reached", e);
    }
  }

  private Path buildWithGo(Consumer<String> progress) throws IOException {
    Path go =
        inPath("go")
            .filter(TemporalBinary::isProgram)
            .findFirst()
            .orElseThrow(() -> new SandboxException("Go is not on the PATH"));
    progress.accept("Building temporal with Go, which takes some minutes");
    Path directory = cached().resolveSibling("go-build");
    Files.createDirectories(directory);
    Path log = directory.resolve("go-install.log");
    ProcessBuilder builder =
        new ProcessBuilder(go.toString(), "install", GO_MODULE)
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("GOBIN", directory.toString());
    Process process = builder.start();
    try {
      int exitCode = process.waitFor();
      if (exitCode != 0) {
        throw new SandboxException("go install ended with " + exitCode + ", see " + log);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException("interrupted while Go built temporal", e);
    } finally {
      process.destroy();
    }
    return directory.resolve(NAME);
  }

  private Stream<Path> inPath(String program) {
    return Arrays.stream(environment.getOrDefault("PATH", "").split(File.pathSeparator))
        .filter(directory -> !directory.isBlank())
        .map(directory -> Path.of(directory).resolve(program));
  }

  private Path goPrograms() {
    String gobin = environment.getOrDefault("GOBIN", "");
    if (!gobin.isBlank()) {
      return Path.of(gobin);
    }
    String gopath = environment.getOrDefault("GOPATH", "").split(File.pathSeparator)[0];
    return gopath.isBlank() ? home.resolve("go/bin") : Path.of(gopath, "bin");
  }

  private static boolean isProgram(Path file) {
    return Files.isRegularFile(file) && Files.isExecutable(file);
  }
}
