package dev.uplift.code;

import dev.uplift.release.CommitId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jgit.dircache.DirCacheCheckout;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevTree;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.treewalk.TreeWalk;

/** The files of a commit, read from git without a work tree. */
public final class ReleaseTree {
  private static final int MOST_LINKS = 8;
  private static final Pattern FILTER =
      Pattern.compile("^[^#\\n]*\\sfilter=(\\S+)", Pattern.MULTILINE);
  private final Path gitDirectory;
  private final CommitId commit;
  private SortedMap<String, Entry> entries;

  ReleaseTree(Path gitDirectory, CommitId commit) {
    this.gitDirectory = gitDirectory;
    this.commit = commit;
  }

  /** What git keeps of a path. */
  record Entry(FileMode mode, ObjectId id) {}

  public CommitId commit() {
    return commit;
  }

  /** Paths of all files and symbolic links, sorted. */
  public List<String> paths() {
    return List.copyOf(entries().keySet());
  }

  /** Whether there is a file, a link or a directory at {@code path}. */
  public boolean has(String path) {
    // '0' is what follows '/', so this is everything below the path.
    return entries().containsKey(path) || !entries().subMap(path + "/", path + "0").isEmpty();
  }

  /** Mode and object id of each file at or below {@code path}. */
  public SortedMap<String, String> identities(String path) {
    SortedMap<String, String> found = new TreeMap<>();
    entries()
        .forEach(
            (name, entry) -> {
              if (name.equals(path) || name.startsWith(path + "/")) {
                found.put(name, entry.mode() + " " + entry.id().name());
              }
            });
    return found;
  }

  /** The content of a file, also through symbolic links; empty if there is none. */
  public Optional<byte[]> read(String path) {
    String name = path;
    for (int links = 0; links < MOST_LINKS; links++) {
      Entry entry = entries().get(name);
      if (entry == null || FileMode.GITLINK.equals(entry.mode())) {
        return Optional.empty();
      }
      byte[] content = content(entry.id());
      if (!FileMode.SYMLINK.equals(entry.mode())) {
        return Optional.of(content);
      }
      Path target = Path.of(name).resolveSibling(new String(content, StandardCharsets.UTF_8));
      name = target.normalize().toString();
    }
    return Optional.empty();
  }

  public Optional<String> readString(String path) {
    return read(path).map(content -> new String(content, StandardCharsets.UTF_8));
  }

  /**
   * Writes all files into {@code directory}, which exists and is empty: as a checkout would, with
   * modes and links, but without a repository.
   */
  public void exportTo(Path directory) {
    try {
      Path scratch = Files.createTempDirectory("uplift-export");
      Path index = scratch.resolve("index");
      try (Repository repository = TamedRepository.withWorkTree(gitDirectory, directory, index)) {
        new DirCacheCheckout(repository, repository.lockDirCache(), tree(repository)).checkout();
      } finally {
        Files.deleteIfExists(index);
        Files.deleteIfExists(scratch);
      }
    } catch (IOException e) {
      throw GitFailure.of("writing the files of " + commit.abbreviated(), e);
    }
  }

  synchronized SortedMap<String, Entry> entries() {
    if (entries == null) {
      SortedMap<String, Entry> found = new TreeMap<>();
      try (Repository repository = TamedRepository.bare(gitDirectory);
          TreeWalk walk = new TreeWalk(repository)) {
        walk.addTree(tree(repository));
        walk.setRecursive(true);
        while (walk.next()) {
          found.put(walk.getPathString(), new Entry(walk.getFileMode(), walk.getObjectId(0)));
        }
      } catch (IOException e) {
        throw GitFailure.of("reading the files of " + commit.abbreviated(), e);
      }
      entries = Collections.unmodifiableSortedMap(found);
    }
    return entries;
  }

  /** Paths at which another repository is to be put. */
  List<String> submodules() {
    List<String> found = new ArrayList<>();
    entries()
        .forEach(
            (path, entry) -> {
              if (FileMode.GITLINK.equals(entry.mode()) || path.equals(".gitmodules")) {
                found.add(path);
              }
            });
    return found;
  }

  /** Names of programs that would have to turn git's content into the real one, such as lfs. */
  List<String> filters() {
    List<String> found = new ArrayList<>();
    for (String path : entries().keySet()) {
      if (path.equals(".gitattributes") || path.endsWith("/.gitattributes")) {
        Matcher matcher = FILTER.matcher(readString(path).orElse(""));
        while (matcher.find()) {
          found.add(matcher.group(1));
        }
      }
    }
    return found.stream().distinct().toList();
  }

  private RevTree tree(Repository repository) throws IOException {
    try (RevWalk walk = new RevWalk(repository)) {
      return walk.parseCommit(ObjectId.fromString(commit.value())).getTree();
    }
  }

  private byte[] content(ObjectId id) {
    try (Repository repository = TamedRepository.bare(gitDirectory)) {
      return repository.open(id).getBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
