package dev.uplift.code;

import java.io.IOException;
import java.nio.file.Path;
import org.eclipse.jgit.internal.storage.file.FileRepository;
import org.eclipse.jgit.lib.BaseRepositoryBuilder;
import org.eclipse.jgit.lib.ProgressMonitor;
import org.eclipse.jgit.storage.file.FileBasedConfig;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;

/**
 * A repository whose own configuration can neither run a command nor redirect a fetch: JGit runs no
 * hooks, and what is left are the {@code filter} drivers and {@code url.insteadOf}. Its refs are
 * durable when they are written, as JGit's packs always are.
 */
final class TamedRepository extends FileRepository {

  private TamedRepository(BaseRepositoryBuilder<?, ?> builder) throws IOException {
    super(builder);
  }

  static TamedRepository bare(Path gitDirectory) throws IOException {
    return open(new FileRepositoryBuilder().setGitDir(gitDirectory.toFile()).setBare());
  }

  /** The work tree is given, so that {@code core.worktree} cannot lead to another directory. */
  static TamedRepository withWorkTree(Path gitDirectory, Path workTree) throws IOException {
    return open(
        new FileRepositoryBuilder()
            .setGitDir(gitDirectory.toFile())
            .setWorkTree(workTree.toFile()));
  }

  static TamedRepository withWorkTree(Path gitDirectory, Path workTree, Path index)
      throws IOException {
    return open(
        new FileRepositoryBuilder()
            .setGitDir(gitDirectory.toFile())
            .setWorkTree(workTree.toFile())
            .setIndexFile(index.toFile()));
  }

  private static TamedRepository open(FileRepositoryBuilder builder) throws IOException {
    IsolatedGit.install();
    return new TamedRepository(builder.setup());
  }

  // JGit reads the file again whenever it looks changed, so the sections are taken out each time.
  @Override
  public FileBasedConfig getConfig() {
    FileBasedConfig config = super.getConfig();
    for (String section : new String[] {"filter", "url"}) {
      config.getSubsections(section).forEach(name -> config.unsetSection(section, name));
    }
    if (!config.getBoolean("core", "fsyncRefFiles", false)) {
      config.setBoolean("core", null, "fsyncRefFiles", true);
    }
    return config;
  }

  // A fetch would otherwise start it in the background, in a tenant's repository too.
  @Override
  public void autoGC(ProgressMonitor monitor) {
    // Housekeeping is left to whoever owns the repository.
  }
}
