package dev.uplift.proof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.durable.Directories;
import java.nio.file.Path;

/** A directory as it was, with owners, times and links, to begin with it again and again. */
public record Template(Path copy) {

  public static Template of(Path home, Path copy) throws Exception {
    copy(home, copy);
    return new Template(copy);
  }

  /** Makes a directory what this one was. */
  public void restore(Path home) throws Exception {
    copy(copy, home);
  }

  private static void copy(Path from, Path to) throws Exception {
    Directories.remove(to);
    Process cp = new ProcessBuilder("cp", "-a", from.toString(), to.toString()).inheritIO().start();
    assertThat(cp.waitFor()).isZero();
  }
}
