package dev.uplift.cli.console;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether a person sits at the other end. {@code System.console()} does not tell in newer JVMs. */
public final class Terminal {
  public static final int INPUT = 0;
  public static final int OUTPUT = 1;

  private Terminal() {}

  /**
   * @param descriptor {@link #INPUT} or {@link #OUTPUT}
   */
  public static boolean is(int descriptor) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
          .toString()
          .matches("/dev/(pts/|tty).*");
    } catch (IOException unknown) {
      return false;
    }
  }
}
