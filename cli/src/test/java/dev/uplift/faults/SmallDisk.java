package dev.uplift.faults;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uplift.testhost.LocalCommand;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/** A file system of its own in a file, small enough to be filled, and to be copied. */
final class SmallDisk implements AutoCloseable {
  private static final Duration SOON = Duration.ofMinutes(1);
  private static final String FILLER = "filler";
  private final Path image;
  private final Path mount;

  private SmallDisk(Path image, Path mount) {
    this.image = image;
    this.mount = mount;
  }

  /** Empty, at a directory that is made. Skips the test where nothing can be mounted. */
  static SmallDisk at(Path mount, Path image, String size) throws Exception {
    Files.createDirectories(mount);
    Files.createDirectories(image.getParent());
    must("truncate", "-s", size, image.toString());
    must("mkfs.ext4", "-q", "-F", "-m", "0", "-E", "lazy_itable_init=1", image.toString());
    SmallDisk disk = new SmallDisk(image, mount);
    try {
      disk.mount();
    } catch (IllegalStateException refused) {
      assumeTrue(false, "no file system can be mounted: " + refused.getMessage());
    }
    Files.delete(mount.resolve("lost+found"));
    return disk;
  }

  private void mount() throws InterruptedException {
    must("mount", "-o", "loop", image.toString(), mount.toString());
  }

  Path directory() {
    return mount;
  }

  long usableBytes() throws IOException {
    return Files.getFileStore(mount).getUsableSpace();
  }

  /** Leaves no more than this. */
  void fillUpTo(long bytes) throws Exception {
    long taken = usableBytes() - bytes;
    must("fallocate", "-l", Long.toString(taken), filler(FILLER).toString());
  }

  /** Leaves not a single block. */
  void fill() throws Exception {
    long bulk = usableBytes() - (1 << 20);
    if (bulk > 0) {
      must("fallocate", "-l", Long.toString(bulk), filler(FILLER).toString());
    }
    try (FileChannel rest =
        FileChannel.open(filler("rest"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      while (true) {
        rest.write(ByteBuffer.allocate(4096));
      }
    } catch (IOException full) {
      // As it should be.
    }
  }

  /** Leaves about that: too little for what comes, but not for whoever needs a page or two. */
  void fillBut(long bytes) throws Exception {
    Path spare = filler("spare");
    Files.write(spare, new byte[(int) bytes]);
    fill();
    Files.delete(spare);
  }

  void makeRoom() throws IOException {
    Files.deleteIfExists(filler(FILLER));
    Files.deleteIfExists(filler("rest"));
  }

  private Path filler(String name) {
    return mount.resolve("." + name);
  }

  /**
   * Goes on with what had been written to the disk, and with nothing that was on its way there: as
   * after a power cut.
   */
  void cutPower() throws Exception {
    Path after = image.resolveSibling(image.getFileName() + ".cut");
    must("cp", "--sparse=always", image.toString(), after.toString());
    must("umount", mount.toString());
    Files.move(after, image, StandardCopyOption.REPLACE_EXISTING);
    mount();
  }

  @Override
  public void close() throws Exception {
    must("umount", "--lazy", mount.toString());
    Files.deleteIfExists(image);
  }

  private static void must(String... words) throws InterruptedException {
    LocalCommand.of(words).mustRun(SOON);
  }
}
