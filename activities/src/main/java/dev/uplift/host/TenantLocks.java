package dev.uplift.host;

import dev.uplift.tenant.Slug;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One attempt at a time on each tenant: a mutex within this JVM, then a file lock against another
 * worker's. A newer attempt tells the older one to stop and waits until it has.
 */
public final class TenantLocks {
  private static final long POLL_MILLIS = 20;
  private final HostPaths paths;
  private final Map<Slug, Slot> slots = new ConcurrentHashMap<>();

  private static final class Slot {
    final ReentrantLock mutex = new ReentrantLock();
    volatile AttemptCancellation holder;
  }

  public TenantLocks(HostPaths paths) {
    this.paths = paths;
  }

  /**
   * Waits for the tenant's lock.
   *
   * @throws StepCancelled if this attempt is told to stop while it waits
   */
  Held acquire(Slug tenant, AttemptCancellation attempt) {
    Slot slot = slots.computeIfAbsent(tenant, id -> new Slot());
    AttemptCancellation older = slot.holder;
    if (older != null) {
      older.request(new StepCancelled("a newer attempt took over"));
    }
    try {
      while (!slot.mutex.tryLock(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
        attempt.check();
      }
      return holding(slot, tenant, attempt, true);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StepCancelled("interrupted");
    }
  }

  /** The lock if nobody has it, in this worker or in another, else null. */
  public Held tryAcquire(Slug tenant, AttemptCancellation attempt) {
    Slot slot = slots.computeIfAbsent(tenant, id -> new Slot());
    if (!slot.mutex.tryLock()) {
      return null;
    }
    return holding(slot, tenant, attempt, false);
  }

  private Held holding(Slot slot, Slug tenant, AttemptCancellation attempt, boolean wait) {
    slot.holder = attempt;
    FileLock lock = null;
    try {
      lock = lockFile(paths.attemptLock(tenant), attempt, wait);
      return lock == null ? null : new Held(slot, lock);
    } finally {
      if (lock == null) {
        slot.holder = null;
        slot.mutex.unlock();
      }
    }
  }

  /** Null if somebody has it who is not to be waited for. */
  private static FileLock lockFile(Path file, AttemptCancellation attempt, boolean wait) {
    FileChannel channel = null;
    try {
      Files.createDirectories(file.getParent());
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      while (lock == null && wait) {
        attempt.check();
        Thread.sleep(POLL_MILLIS);
        lock = channel.tryLock();
      }
      if (lock == null) {
        channel.close();
      }
      return lock;
    } catch (IOException e) {
      closeQuietly(channel);
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      closeQuietly(channel);
      Thread.currentThread().interrupt();
      throw new StepCancelled("interrupted");
    } catch (StepCancelled e) {
      closeQuietly(channel);
      throw e;
    }
  }

  private static void closeQuietly(FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException alreadyFailing) {
      // The first error is the one to tell.
    }
  }

  /** A tenant's lock, held by the thread that acquired it. */
  public static final class Held implements AutoCloseable {
    private final Slot slot;
    private final FileLock file;

    private Held(Slot slot, FileLock file) {
      this.slot = slot;
      this.file = file;
    }

    @Override
    public void close() {
      closeQuietly(file.channel());
      slot.holder = null;
      slot.mutex.unlock();
    }
  }
}
