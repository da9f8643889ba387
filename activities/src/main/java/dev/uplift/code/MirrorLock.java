package dev.uplift.code;

import dev.uplift.host.Cancellation;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets one thread on the host write to a mirror. A file lock alone is not enough: within one JVM a
 * second one is not waited for but throws.
 */
final class MirrorLock implements AutoCloseable {
  private static final Map<Path, ReentrantLock> WITHIN_JVM = new ConcurrentHashMap<>();
  private static final long POLL_MILLIS = 50;
  private final ReentrantLock mutex;
  private final FileChannel channel;

  private MirrorLock(ReentrantLock mutex, FileChannel channel) {
    this.mutex = mutex;
    this.channel = channel;
  }

  static MirrorLock acquire(Path file, Cancellation cancellation)
      throws IOException, InterruptedException {
    ReentrantLock mutex =
        WITHIN_JVM.computeIfAbsent(file.toAbsolutePath(), path -> new ReentrantLock());
    while (!mutex.tryLock(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
      cancellation.check();
    }
    FileChannel channel = null;
    boolean acquired = false;
    try {
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      for (FileLock lock = channel.tryLock(); lock == null; lock = channel.tryLock()) {
        cancellation.check();
        Thread.sleep(POLL_MILLIS);
      }
      acquired = true;
      return new MirrorLock(mutex, channel);
    } finally {
      if (!acquired) {
        if (channel != null) {
          channel.close();
        }
        mutex.unlock();
      }
    }
  }

  @Override
  public void close() throws IOException {
    try {
      // Closing the channel releases the file lock.
      channel.close();
    } finally {
      mutex.unlock();
    }
  }
}
