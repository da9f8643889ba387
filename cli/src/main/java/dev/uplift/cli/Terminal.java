package dev.uplift.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether a person sits at the other end. {@code System.console()} does not tell in newer JVMs. */
final class Terminal {
  static final int INPUT = 0;
  static final int OUTPUT = 1;

  private Terminal() {}

  /**
   * @param descriptor {@link #INPUT} or {@link #OUTPUT}
   */
  static boolean is(int descriptor) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
          .toString()
          .matches("/dev/(pts/|tty).*");
    } catch (IOException unknown) {
      return false;
    }
  }
}
