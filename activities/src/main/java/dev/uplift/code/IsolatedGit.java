package dev.uplift.code;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.eclipse.jgit.internal.util.CleanupService;
import org.eclipse.jgit.lib.Config;
import org.eclipse.jgit.lib.ConfigConstants;
import org.eclipse.jgit.storage.file.FileBasedConfig;
import org.eclipse.jgit.storage.file.WindowCacheConfig;
import org.eclipse.jgit.util.FS;
import org.eclipse.jgit.util.SystemReader;

/**
 * Keeps the git settings of the machine, of the worker's user and of its environment out of JGit. A
 * {@code url.insteadOf} there would fetch from somewhere else than the profile says.
 */
final class IsolatedGit extends SystemReader.Delegate {
  private static final int LARGE_FILE_BYTES = 1 << 20;

  private IsolatedGit(SystemReader machine) {
    super(machine);
  }

  /** JGit knows one reader per JVM, so this holds for the whole worker. */
  static synchronized void install() {
    if (!(SystemReader.getInstance() instanceof IsolatedGit)) {
      // First, since much of JGit registers itself as soon as it is loaded.
      keepLocksAtShutdown();
      FS.FileStoreAttributes.setBackground(true);
      SystemReader.setInstance(new IsolatedGit(SystemReader.getInstance()));
      streamLargeFiles();
    }
  }

  /** JGit holds files of up to 50 MB in memory, which a worker does not have. */
  private static void streamLargeFiles() {
    WindowCacheConfig memory = new WindowCacheConfig();
    memory.setStreamFileThreshold(LARGE_FILE_BYTES);
    memory.install();
  }

  /**
   * A worker that is told to stop brings checkouts to their end, and JGit would take the locks from
   * them as soon as the JVM begins to shut down. This constructor is the one for OSGi, where JGit
   * leaves the moment to the container; here it never comes.
   */
  private static void keepLocksAtShutdown() {
    new CleanupService();
  }

  @Override
  public String getenv(String name) {
    return name.startsWith("GIT_") ? null : super.getenv(name);
  }

  @Override
  public FileBasedConfig openSystemConfig(Config parent, FS fs) {
    return new NoFile(parent, fs);
  }

  @Override
  public FileBasedConfig openUserConfig(Config parent, FS fs) {
    return new KnownFileSystems(parent, fs);
  }

  @Override
  public FileBasedConfig openJGitConfig(Config parent, FS fs) {
    return new NoFile(parent, fs);
  }

  /**
   * Says how exact the times of every file system are. JGit would measure it, by making and
   * removing files in the git directory of the first tenant that it meets, for seconds.
   */
  private static final class KnownFileSystems extends NoFile {
    // A tick of the slowest clock that kernels are built with.
    private static final Duration RESOLUTION = Duration.ofMillis(10);
    // Enough for file systems that know no more than whole seconds.
    private static final Duration RACY_FOR = Duration.ofSeconds(2);

    KnownFileSystems(Config parent, FS fs) {
      super(parent, fs);
    }

    @Override
    public long getTimeUnit(
        String section, String subsection, String name, long otherwise, TimeUnit unit) {
      if (!section.equals(ConfigConstants.CONFIG_FILESYSTEM_SECTION)) {
        return super.getTimeUnit(section, subsection, name, otherwise, unit);
      }
      return unit.convert(
          name.equals(ConfigConstants.CONFIG_KEY_TIMESTAMP_RESOLUTION) ? RESOLUTION : RACY_FOR);
    }
  }

  /** Settings that are neither read from disk nor written to it. */
  private static class NoFile extends FileBasedConfig {
    NoFile(Config parent, FS fs) {
      super(parent, null, fs);
    }

    @Override
    public void load() {
      // There is no file.
    }

    @Override
    public void save() {
      // There is no file.
    }

    @Override
    public boolean isOutdated() {
      return false;
    }
  }
}
