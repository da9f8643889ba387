package dev.uplift.sandbox;

import dev.uplift.sandbox.SampleApp.Release;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.eclipse.jgit.dircache.DirCache;
import org.eclipse.jgit.dircache.DirCacheBuilder;
import org.eclipse.jgit.dircache.DirCacheEntry;
import org.eclipse.jgit.lib.CommitBuilder;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.PersonIdent;
import org.eclipse.jgit.lib.RefUpdate;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.TagBuilder;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.eclipse.jgit.treewalk.TreeWalk;

/**
 * The git repository that the sample application's releases come from, and what its developers do
 * to it: releases of their own, and the mistakes that an upgrade has to notice.
 *
 * <p>Commits and annotated tags are deterministic: the same releases have the same ids in every
 * sandbox.
 */
public final class Upstream implements AutoCloseable {
  private static final String MAIN = "main";
  private static final Instant FIRST_RELEASE = Instant.parse("2025-10-01T09:00:00Z");

  private final SampleApp app;
  private final Path directory;
  private final Repository repository;
  // The time of the next commit; it goes on with each.
  private Instant clock = FIRST_RELEASE;

  private Upstream(SampleApp app, Path directory, Repository repository) {
    this.app = app;
    this.directory = directory;
    this.repository = repository;
  }

  /** An empty bare repository. */
  static Upstream create(SampleApp app, Path directory) {
    try {
      Repository repository =
          new FileRepositoryBuilder().setGitDir(directory.toFile()).setBare().build();
      repository.create(true);
      repository.updateRef(Constants.HEAD).link(Constants.R_HEADS + MAIN);
      return new Upstream(app, directory, repository);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a checkout has as its origin. */
  public String url() {
    // Not the bare path, to which git would link instead of transferring anything.
    return "file://" + directory;
  }

  public Path directory() {
    return directory;
  }

  /** The full id of the commit that a tag points to. */
  public String commitOf(String tag) {
    return commit(tag).name();
  }

  /** What a release has in a text file. */
  public String textOf(String tag, String path) {
    try (RevWalk walk = new RevWalk(repository);
        TreeWalk file =
            TreeWalk.forPath(repository, path, walk.parseCommit(commit(tag)).getTree())) {
      return new String(repository.open(file.getObjectId(0)).getBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Publishes the releases up to and including {@code tag} that are not there yet. */
  void publishThrough(String tag) {
    for (Release release : app.releases()) {
      publish(release);
      if (release.tag().equals(tag)) {
        return;
      }
    }
  }

  void publishAll() {
    app.releases().forEach(this::publish);
  }

  private void publish(Release release) {
    if (hasTag(release.tag())) {
      return;
    }
    ObjectId parent = release.parent() == null ? null : commit(release.parent());
    ObjectId commit =
        commit(app.tree(release.tag()), parent, release.tag() + ": " + release.description());
    tag(release.tag(), commit);
    if (!release.tag().contains("-")) {
      update(Constants.R_HEADS + MAIN, commit);
    }
  }

  /**
   * Publishes a release that has the files of another one with {@code changes} laid over them.
   *
   * @param changes path to content; a null content removes the file
   * @return the full id of its commit
   */
  public String addRelease(String tag, String parentTag, Map<String, String> changes) {
    ObjectId parent = commit(parentTag);
    ObjectId commit = commit(changed(parent, changes), parent, tag);
    tag(tag, commit);
    return commit.name();
  }

  /**
   * Lets a tag point to a new commit that has the same files but for {@code changes}.
   *
   * @return the full id of the new commit
   */
  public String moveTag(String tag, Map<String, String> changes) {
    return addRelease(tag, tag, changes);
  }

  public void deleteTag(String tag) {
    try {
      RefUpdate update = repository.updateRef(Constants.R_TAGS + tag);
      update.setForceUpdate(true);
      require(update.delete(), tag);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Adds a branch, which may have the name of a tag; it points to the commit of {@code tag}. */
  public void addBranch(String branch, String tag) {
    update(Constants.R_HEADS + branch, commit(tag));
  }

  private boolean hasTag(String tag) {
    try {
      return repository.exactRef(Constants.R_TAGS + tag) != null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ObjectId commit(String tag) {
    try {
      ObjectId commit = repository.resolve(Constants.R_TAGS + tag + "^{commit}");
      if (commit == null) {
        throw new IllegalArgumentException("upstream has no tag " + tag);
      }
      return commit;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private SortedMap<String, byte[]> changed(ObjectId commit, Map<String, String> changes) {
    SortedMap<String, byte[]> files = new TreeMap<>();
    try (RevWalk commits = new RevWalk(repository);
        TreeWalk walk = new TreeWalk(repository)) {
      walk.addTree(commits.parseCommit(commit).getTree());
      walk.setRecursive(true);
      while (walk.next()) {
        files.put(walk.getPathString(), repository.open(walk.getObjectId(0)).getBytes());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    changes.forEach(
        (path, content) -> {
          if (content == null) {
            files.remove(path);
          } else {
            files.put(path, content.getBytes(StandardCharsets.UTF_8));
          }
        });
    return files;
  }

  // Written as objects, without a work tree: no ignore rule keeps a file out, which for a tree that
  // tracks a database one would.
  private ObjectId commit(SortedMap<String, byte[]> files, ObjectId parent, String message) {
    try (ObjectInserter inserter = repository.newObjectInserter()) {
      DirCache index = DirCache.newInCore();
      DirCacheBuilder builder = index.builder();
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        DirCacheEntry entry = new DirCacheEntry(file.getKey());
        entry.setFileMode(FileMode.REGULAR_FILE);
        entry.setObjectId(inserter.insert(Constants.OBJ_BLOB, file.getValue()));
        builder.add(entry);
      }
      builder.finish();
      CommitBuilder commit = new CommitBuilder();
      commit.setTreeId(index.writeTree(inserter));
      if (parent != null) {
        commit.setParentId(parent);
      }
      PersonIdent developer = developer();
      commit.setAuthor(developer);
      commit.setCommitter(developer);
      commit.setMessage(message + "\n");
      ObjectId id = inserter.insert(commit);
      inserter.flush();
      return id;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private PersonIdent developer() {
    clock = clock.plus(Duration.ofDays(1));
    return new PersonIdent("cbapp developers", "cbapp@example.org", clock, ZoneOffset.UTC);
  }

  private void tag(String name, ObjectId commit) {
    try (ObjectInserter inserter = repository.newObjectInserter()) {
      TagBuilder tag = new TagBuilder();
      tag.setTag(name);
      tag.setObjectId(commit, Constants.OBJ_COMMIT);
      tag.setTagger(
          new PersonIdent("cbapp developers", "cbapp@example.org", clock, ZoneOffset.UTC));
      tag.setMessage(name + "\n");
      ObjectId id = inserter.insert(tag);
      inserter.flush();
      update(Constants.R_TAGS + name, id);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void update(String ref, ObjectId id) {
    try {
      RefUpdate update = repository.updateRef(ref);
      update.setNewObjectId(id);
      require(update.forceUpdate(), ref);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void require(RefUpdate.Result result, String ref) {
    switch (result) {
      case NEW, FORCED, FAST_FORWARD, NO_CHANGE -> {}
      default -> throw new IllegalStateException(ref + " was not updated: " + result);
    }
  }

  @Override
  public void close() {
    repository.close();
  }
}
