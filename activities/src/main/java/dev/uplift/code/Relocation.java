package dev.uplift.code;

import dev.uplift.command.ProcessTree;
import dev.uplift.host.StepFailure;
import dev.uplift.release.CommitId;
import dev.uplift.release.Tag;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.jgit.dircache.DirCache;
import org.eclipse.jgit.dircache.DirCacheCheckout;
import org.eclipse.jgit.errors.LockFailedException;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.PersonIdent;
import org.eclipse.jgit.lib.RefUpdate;
import org.eclipse.jgit.revwalk.RevTree;
import org.eclipse.jgit.revwalk.RevWalk;

/**
 * Moves a checkout from one commit to another and back.
 *
 * <p>Killed anywhere, it leaves some files old and some new, an index that may be either, and
 * {@code index.lock}. A reset alone then keeps the new release's files as untracked ones, where a
 * migration would find them; a general clean would delete the tenant's own. So going back deletes
 * exactly what the other release has and this one lacks, and only then resets.
 */
final class Relocation {
  private static final Set<RefUpdate.Result> WRITTEN =
      EnumSet.of(
          RefUpdate.Result.NEW,
          RefUpdate.Result.FORCED,
          RefUpdate.Result.FAST_FORWARD,
          RefUpdate.Result.NO_CHANGE);
  private final Checkout checkout;
  private final ReleaseTree old;
  private final ReleaseTree release;
  private final WorkTree workTree;

  /**
   * @param old what the tenant has
   * @param release what it is to get; read from wherever its objects already are
   */
  Relocation(Checkout checkout, ReleaseTree old, ReleaseTree release) {
    this.checkout = checkout;
    this.old = old;
    this.release = release;
    this.workTree = new WorkTree(checkout.directory());
  }

  BeforeCheckout before() throws IOException {
    Set<String> directories = new TreeSet<>();
    changedPaths().forEach(path -> directories.addAll(WorkTree.directoriesAbove(path)));
    return new BeforeCheckout(
        checkout.branch().orElse(null),
        workTree.temporaries(changedPaths()),
        workTree.permissions(directories));
  }

  /**
   * From a clean tree at the old commit. HEAD comes last: where it is, everything else is too, also
   * after a power cut.
   */
  void forward() throws IOException {
    reset(release.commit());
    workTree.sync(changedPaths());
    detachHeadAt(release.commit());
  }

  /** From whatever an interrupted {@link #forward} or {@link #back} has left. */
  void back(BeforeCheckout before, Tag tag) throws IOException {
    removeLocks(tag);
    List<String> temporaries = new ArrayList<>(workTree.temporaries(changedPaths()));
    temporaries.removeAll(before.temporaries());
    workTree.deleteFiles(temporaries);
    workTree.deleteFiles(onlyIn(release, old));
    workTree.deleteEmpty(directoriesMade(before));
    reset(old.commit());
    workTree.restoreDirectories(before.directories());
    workTree.sync(changedPaths());
    detachHeadAt(old.commit());
  }

  /** Puts HEAD on its branch again, unless somebody has moved the branch since. */
  boolean returnToBranch(String branch) throws IOException {
    ObjectId at = checkout.repository().resolve(branch);
    if (at == null || !at.name().equals(old.commit().value())) {
      return false;
    }
    RefUpdate update = checkout.repository().updateRef(Constants.HEAD);
    RefUpdate.Result result = update.link(branch);
    if (!WRITTEN.contains(result)) {
      throw new IOException("cannot put HEAD on " + branch + ": " + result);
    }
    return true;
  }

  /**
   * @throws StepFailure if the checkout is not exactly at {@code here}, or keeps files of {@code
   *     other}
   */
  void prove(ReleaseTree here, ReleaseTree other) {
    List<String> wrong = new ArrayList<>();
    if (!checkout.head().equals(here.commit())) {
      wrong.add("HEAD is at " + checkout.head());
    }
    checkout.changedSince(here.commit()).forEach(path -> wrong.add("differs: " + path));
    Set<String> hereDirectories = directories(here);
    for (String path : onlyIn(other, here)) {
      // A path that is a file there may be a directory here.
      if (workTree.exists(path) && !hereDirectories.contains(path)) {
        wrong.add("left over: " + path);
      }
    }
    if (!wrong.isEmpty()) {
      throw new StepFailure(
          FailureKind.STEP_FAILED,
          "The checkout is not what " + here.commit().abbreviated() + " has.",
          GitFailure.list(wrong),
          "Something else changes files in "
              + checkout.directory()
              + " at the same time: find and stop it.");
    }
  }

  private void reset(CommitId commit) throws IOException {
    RevTree tree;
    try (RevWalk walk = new RevWalk(checkout.repository())) {
      tree = walk.parseCommit(ObjectId.fromString(commit.value())).getTree();
    }
    DirCacheCheckout reset = new DirCacheCheckout(checkout.repository(), lockIndex(), tree);
    reset.setFailOnConflict(false);
    if (!reset.checkout()) {
      throw new IOException("cannot delete " + reset.getToBeDeleted());
    }
  }

  // The index only tells git what it need not compare; one that cannot be read is made anew.
  private DirCache lockIndex() throws IOException {
    try {
      return checkout.repository().lockDirCache();
    } catch (LockFailedException held) {
      throw held;
    } catch (IOException unreadable) {
      Files.deleteIfExists(checkout.repository().getIndexFile().toPath());
      return checkout.repository().lockDirCache();
    }
  }

  private void detachHeadAt(CommitId commit) throws IOException {
    RefUpdate update = checkout.repository().updateRef(Constants.HEAD, true);
    update.setNewObjectId(ObjectId.fromString(commit.value()));
    update.setRefLogIdent(new PersonIdent("Uplift", "uplift@localhost"));
    update.setRefLogMessage("uplift: moving to " + commit.abbreviated(), false);
    RefUpdate.Result result = update.forceUpdate();
    if (!WRITTEN.contains(result)) {
      throw new IOException("cannot move HEAD to " + commit + ": " + result);
    }
  }

  // Only those that a checkout of this upgrade takes, and only when no process has one open.
  private void removeLocks(Tag tag) throws IOException {
    Path git = checkout.repository().getDirectory().toPath().toRealPath();
    List<Path> locks =
        List.of(
            git.resolve("index.lock"),
            git.resolve("HEAD.lock"),
            git.resolve("FETCH_HEAD.lock"),
            git.resolve("packed-refs.lock"),
            git.resolve("shallow.lock"),
            git.resolve(tag.ref() + ".lock"));
    List<Path> present =
        locks.stream().filter(lock -> Files.exists(lock, LinkOption.NOFOLLOW_LINKS)).toList();
    if (present.isEmpty()) {
      return;
    }
    List<Long> holders = ProcessTree.holdersOf(present).pids();
    if (!holders.isEmpty()) {
      throw new StepFailure(
          FailureKind.STEP_FAILED,
          "Another process is writing to the repository of the checkout.",
          present + " held by process " + holders,
          "Wait until it is done, or end it.");
    }
    for (Path lock : present) {
      Files.delete(lock);
    }
  }

  private List<String> directoriesMade(BeforeCheckout before) {
    Set<String> made = new TreeSet<>(directories(release));
    made.removeAll(directories(old));
    made.removeAll(before.directories().keySet());
    return List.copyOf(made);
  }

  private static Set<String> directories(ReleaseTree tree) {
    Set<String> directories = new TreeSet<>();
    tree.entries().keySet().forEach(path -> directories.addAll(WorkTree.directoriesAbove(path)));
    return directories;
  }

  private static Collection<String> onlyIn(ReleaseTree one, ReleaseTree other) {
    Set<String> only = new TreeSet<>(one.entries().keySet());
    only.removeAll(other.entries().keySet());
    return only;
  }

  private Collection<String> changedPaths() {
    Set<String> changed = new TreeSet<>(onlyIn(old, release));
    for (Map.Entry<String, ReleaseTree.Entry> file : release.entries().entrySet()) {
      if (!Objects.equals(old.entries().get(file.getKey()), file.getValue())) {
        changed.add(file.getKey());
      }
    }
    return changed;
  }
}
