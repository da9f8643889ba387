package dev.uplift.code;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.jgit.dircache.DirCache;
import org.eclipse.jgit.lib.Repository;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a checkout when its worker is told to stop. */
class LocksAtShutdownTest {
  @TempDir Path root;

  @Test
  void aCheckoutThatGoesOnWhileTheJvmShutsDownKeepsItsLock() throws Exception {
    GitWorld.create(root);
    Path log = root.resolve("child.log");
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                root.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      child.destroyForcibly().waitFor();
    }

    assertThat(Files.readString(log)).endsWith("committed\n");
  }

  /** A worker that is told to stop while it holds the lock of an index. */
  static final class Child {
    private static final long OTHER_HOOKS_NANOS = TimeUnit.SECONDS.toNanos(1);

    public static void main(String[] arguments) throws IOException {
      Path checkout = new GitWorld(Path.of(arguments[0])).checkout;
      Path git = checkout.resolve(".git");
      Repository repository = TamedRepository.withWorkTree(git, checkout);
      DirCache index = repository.lockDirCache();
      Runtime.getRuntime().addShutdownHook(new Thread(() -> finish(index, git)));
      System.exit(0);
    }

    private static void finish(DirCache index, Path git) {
      long giveUp = System.nanoTime() + OTHER_HOOKS_NANOS;
      while (Files.exists(git.resolve("index.lock")) && System.nanoTime() < giveUp) {
        LockSupport.parkNanos(1_000_000);
      }
      try {
        index.write();
        System.out.println(index.commit() ? "committed" : "not committed");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
