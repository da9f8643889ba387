package dev.uplift.service;

import dev.uplift.durable.Directories;
import dev.uplift.durable.DurableFile;
import dev.uplift.host.HostPaths;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Keeps units from being started, also over a reboot: a service manager refuses a unit as long as
 * the file that is named after it exists.
 */
public final class Guard {
  private final Path directory;

  public Guard(HostPaths paths) {
    this.directory = paths.guards();
  }

  /**
   * Durable when it returns; a guard that is there already gets the new reason.
   *
   * @param reason for the person who finds the file: which upgrade, and why
   */
  public void raise(List<UnitName> units, String reason) {
    try {
      Directories.create(directory);
      for (UnitName unit : units) {
        if (!reason(unit).equals(Optional.of(reason))) {
          DurableFile.write(file(unit), reason);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void lower(List<UnitName> units) {
    try {
      for (UnitName unit : units) {
        DurableFile.delete(file(unit));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public boolean isRaised(UnitName unit) {
    return Files.exists(file(unit));
  }

  /** Why the unit is guarded; empty if it is not. */
  public Optional<String> reason(UnitName unit) {
    try {
      return Optional.of(Files.readString(file(unit)));
    } catch (java.nio.file.NoSuchFileException notRaised) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path file(UnitName unit) {
    return directory.resolve(unit.value());
  }
}
