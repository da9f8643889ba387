package dev.uplift.cli.fleet;

import dev.uplift.cli.console.CommandFailure;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import picocli.CommandLine.Option;

/** Where a command writes its text; what somebody wrote there before is not lost by a slip. */
final class OutputFile {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Write to this file (default: standard output).")
  private Path file;

  @Option(names = "--force", description = "Overwrite that file if it is there.")
  private boolean force;

  void write(String text, PrintWriter out) {
    if (file == null) {
      out.print(text);
      out.flush();
      return;
    }
    StandardOpenOption how =
        force ? StandardOpenOption.TRUNCATE_EXISTING : StandardOpenOption.CREATE_NEW;
    try {
      Files.writeString(
          file,
          text,
          StandardCharsets.UTF_8,
          StandardOpenOption.WRITE,
          StandardOpenOption.CREATE,
          how);
    } catch (FileAlreadyExistsException there) {
      throw new CommandFailure(file + " is there already; --force overwrites it", there);
    } catch (IOException unwritable) {
      throw new CommandFailure(file + " cannot be written: " + unwritable.getMessage(), unwritable);
    }
  }
}
