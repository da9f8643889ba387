package dev.uplift.prepare;

import dev.uplift.tenant.HostName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What the machine that this process runs on is called. */
public final class ThisMachine {
  private ThisMachine() {}

  /**
   * Its own name, whole.
   *
   * @throws IllegalArgumentException if no host may be called so
   */
  public static HostName name() throws IOException {
    return new HostName(Files.readString(Path.of("/proc/sys/kernel/hostname")).strip());
  }

  /**
   * What its worker is called, which is what it has to be called in the fleet; empty if it was not
   * prepared for one.
   *
   * @throws java.nio.file.AccessDeniedException if this user may not read the worker's settings
   * @throws Refused if they are malformed
   */
  public static Optional<HostName> nameOfWorker() throws IOException {
    return nameIn(HostPlan.WORKER_SETTINGS);
  }

  static Optional<HostName> nameIn(Path settings) throws IOException {
    return Machine.readIfThere(settings)
        .map(yaml -> WorkerSettings.parse(settings.toString(), yaml).name())
        .map(HostName::new);
  }
}
