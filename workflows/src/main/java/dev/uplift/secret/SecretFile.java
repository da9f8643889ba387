package dev.uplift.secret;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A file with a password or a key in it, which is not read while others could do that too. */
public final class SecretFile {
  private static final int OTHERS_MAY_ANYTHING = 07;
  private static final int GROUP_MAY_WRITE = 020;
  private static final int GROUP_MAY_READ = 040;
  private static final int ROOT = 0;

  private SecretFile() {}

  /**
   * What is in it.
   *
   * @throws ExposedSecretException if others may read or write it
   */
  public static byte[] read(Path file) throws IOException {
    Map<String, Object> attributes = Files.readAttributes(file, "unix:mode,uid,owner");
    int mode = (Integer) attributes.get("mode");
    int owner = (Integer) attributes.get("uid");
    int us = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    if (isExposed(mode, owner, us)) {
      throw new ExposedSecretException(file, mode, attributes.get("owner").toString(), owner == us);
    }
    return Files.readAllBytes(file);
  }

  /**
   * A file of root or of somebody else may be readable by a group: how else would we, or several
   * users, read it?
   */
  static boolean isExposed(int mode, int owner, int us) {
    boolean isOursAlone = owner == us && owner != ROOT;
    return (mode & OTHERS_MAY_ANYTHING) != 0
        || (mode & GROUP_MAY_WRITE) != 0
        || (isOursAlone && (mode & GROUP_MAY_READ) != 0);
  }
}
