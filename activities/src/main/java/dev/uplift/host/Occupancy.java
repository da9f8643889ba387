package dev.uplift.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;

/**
 * Whether other workers use this state directory. Each holds a shared lock for as long as it lives;
 * there are two while one is being replaced by the other.
 */
final class Occupancy {
  private final HostPaths paths;
  // Kept open, and with it the lock, until the process ends.
  private FileChannel channel;

  Occupancy(HostPaths paths) {
    this.paths = paths;
  }

  /**
   * Becomes one of the workers.
   *
   * @param ifAlone is run before, if there is no other, and no other enters meanwhile
   */
  synchronized void enter(Runnable ifAlone) {
    try {
      Files.createDirectories(paths.state());
      channel =
          FileChannel.open(
              paths.occupancy(),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      FileLock exclusive = channel.tryLock();
      if (exclusive != null) {
        ifAlone.run();
        exclusive.release();
      }
      channel.lock(0, Long.MAX_VALUE, true);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
