package dev.uplift.database;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;

/**
 * Who owns a file and what others may do with it.
 *
 * @param mode the permission bits in octal, as {@code chmod} takes them
 */
record Ownership(int uid, int gid, String mode) {
  private static final int PERMISSION_BITS = 07777;

  static Ownership of(Path file) throws IOException {
    Map<String, Object> attributes =
        Files.readAttributes(file, "unix:uid,gid,mode", LinkOption.NOFOLLOW_LINKS);
    int mode = (Integer) attributes.get("mode") & PERMISSION_BITS;
    return new Ownership(
        (Integer) attributes.get("uid"), (Integer) attributes.get("gid"), toOctal(mode));
  }

  /** Gives the file this owner and mode; what is right already is left alone. */
  void applyTo(Path file) throws IOException {
    Ownership present = of(file);
    if (present.uid != uid) {
      Files.setAttribute(file, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
    }
    if (present.gid != gid) {
      Files.setAttribute(file, "unix:gid", gid, LinkOption.NOFOLLOW_LINKS);
    }
    // A change of owner clears the set-id bits, so the mode comes last.
    if (!of(file).mode.equals(mode)) {
      Files.setAttribute(file, "unix:mode", Integer.parseInt(mode, 8));
    }
  }

  private static String toOctal(int mode) {
    return String.format("%04o", mode);
  }

  @Override
  public String toString() {
    return uid + ":" + gid + " " + mode;
  }
}
