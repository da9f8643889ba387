package dev.uplift.faults;

import java.nio.file.Files;
import java.nio.file.Path;

/** Gives a directory that is in use a disk of its own, until that is closed. */
final class DiskInPlace {
  private DiskInPlace() {}

  /**
   * @param place keeps its content, which is seen on the disk too: what is changed meanwhile is
   *     gone with the disk
   * @param directory for the image
   */
  static SmallDisk of(Path place, Path directory, String size) throws Exception {
    Path copy = Files.createTempDirectory(directory, "copy");
    Shell.run("cp", "-a", place + "/.", copy.toString());
    SmallDisk disk = SmallDisk.at(place, copy.resolveSibling(copy.getFileName() + ".img"), size);
    Shell.run("cp", "-a", copy + "/.", place.toString());
    // What a tenant has had for long is on the disk.
    Shell.run("sync", "--file-system", place.toString());
    Shell.run("rm", "-r", copy.toString());
    return disk;
  }
}
