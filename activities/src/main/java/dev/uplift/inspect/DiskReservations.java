package dev.uplift.inspect;

import dev.uplift.database.DiskNeed;
import dev.uplift.host.StepFailure;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Room on the file systems of this host, counted over all running upgrades: two that would each fit
 * may not fit together, and none may find out in cutover.
 */
public final class DiskReservations {
  private final long keepFreeBytes;
  private final Predicate<UUID> isRunning;
  private final boolean takesRoom;
  private final Map<UUID, Map<Long, Long>> bytesByUpgrade;

  /**
   * @param keepFreeBytes what must stay free besides
   * @param isRunning whether an upgrade may still need its room
   */
  public DiskReservations(long keepFreeBytes, Predicate<UUID> isRunning) {
    this(keepFreeBytes, isRunning, true, new ConcurrentHashMap<>());
  }

  private DiskReservations(
      long keepFreeBytes,
      Predicate<UUID> isRunning,
      boolean takesRoom,
      Map<UUID, Map<Long, Long>> bytesByUpgrade) {
    this.keepFreeBytes = keepFreeBytes;
    this.isRunning = isRunning;
    this.takesRoom = takesRoom;
    this.bytesByUpgrade = bytesByUpgrade;
  }

  /** The same room, for whoever only asks whether there is enough. */
  public DiskReservations withoutTakingRoom() {
    return new DiskReservations(keepFreeBytes, isRunning, false, bytesByUpgrade);
  }

  /**
   * @return how many bytes are needed on all file systems together
   * @throws StepFailure {@code disk_full} with the numbers, if it does not fit
   */
  synchronized long reserve(
      UUID upgradeId,
      DiskNeed need,
      Path databaseDirectory,
      Path stateDirectory,
      boolean rehearses) {
    bytesByUpgrade.keySet().removeIf(other -> !other.equals(upgradeId) && !isRunning.test(other));
    bytesByUpgrade.remove(upgradeId);
    try {
      Map<Long, Path> places = new HashMap<>();
      places.put(device(stateDirectory), stateDirectory);
      places.put(device(databaseDirectory), databaseDirectory);
      Map<Long, Long> wanted =
          need.perFileSystem(device(databaseDirectory), device(stateDirectory), rehearses);
      for (Map.Entry<Long, Long> entry : wanted.entrySet()) {
        requireRoom(places.get(entry.getKey()), entry.getKey(), entry.getValue());
      }
      if (takesRoom) {
        bytesByUpgrade.put(upgradeId, wanted);
      }
      return wanted.values().stream().mapToLong(Long::longValue).sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The room of an upgrade that does not come any more. */
  public synchronized void giveBack(UUID upgradeId) {
    bytesByUpgrade.remove(upgradeId);
  }

  private void requireRoom(Path place, long device, long wantedBytes) throws IOException {
    FileStore store = Files.getFileStore(place);
    long usableBytes = store.getUsableSpace();
    long reservedBytes =
        bytesByUpgrade.values().stream().mapToLong(all -> all.getOrDefault(device, 0L)).sum();
    if (usableBytes - reservedBytes - keepFreeBytes < wantedBytes) {
      throw new StepFailure(
          FailureKind.DISK_FULL,
          "There is not enough room on " + store.name() + " for this upgrade.",
          "needed: "
              + wantedBytes
              + " bytes, usable: "
              + usableBytes
              + ", reserved by other upgrades: "
              + reservedBytes
              + ", to be kept free: "
              + keepFreeBytes,
          "Make room below "
              + place
              + "; old backups and failed databases are the first candidates.");
    }
  }

  private static long device(Path path) throws IOException {
    return (long) Files.getAttribute(path, "unix:dev");
  }
}
