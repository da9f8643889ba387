package dev.uplift.cli.install;

import dev.uplift.cli.console.CommandFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "dist",
    sortOptions = false,
    header = "Packs Uplift for other machines.",
    description =
        "%nThe archive has all that runs, the units for systemd and examples of the settings, in a"
            + " directory uplift-VERSION. The same build gives the same archive, byte by byte.%n")
public final class DistCommand implements Callable<Integer> {
  /** Any time will do; this one is not so old that tar would warn of it. */
  private static final String TIME = "2000-01-01T00:00:00Z";

  @Spec private CommandSpec command;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "Where to (default: uplift-VERSION.tar.gz).")
  private Path output;

  @Override
  public Integer call() throws InterruptedException {
    String name = "uplift-" + Dist.version();
    Path archive = output == null ? Path.of(name + ".tar.gz") : output;
    pack(Dist.running().home(), name, archive.toAbsolutePath());
    command.commandLine().getOut().println(archive);
    return 0;
  }

  /**
   * @param name of the one directory in the archive
   */
  static void pack(Path dist, String name, Path archive) throws InterruptedException {
    Path part = archive.resolveSibling(archive.getFileName() + ".part");
    List<String> words =
        List.of(
            "tar",
            "--create",
            "--use-compress-program=gzip --no-name",
            "--file=" + part,
            "--directory=" + dist,
            "--sort=name",
            "--owner=root:0",
            "--group=root:0",
            "--mode=u=rwX,go=rX",
            "--mtime=" + TIME,
            "--format=gnu",
            "--transform=s,^\\.," + name + ",",
            ".");
    try {
      Process tar = new ProcessBuilder(words).redirectErrorStream(true).start();
      tar.getOutputStream().close();
      String said = new String(tar.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (tar.waitFor() != 0) {
        throw new CommandFailure(archive + " cannot be made: " + said.strip());
      }
      Files.move(part, archive, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new CommandFailure(archive + " cannot be made: " + e.getMessage(), e);
    } finally {
      delete(part);
    }
  }

  private static void delete(Path part) {
    try {
      Files.deleteIfExists(part);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
