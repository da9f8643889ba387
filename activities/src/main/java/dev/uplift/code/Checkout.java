package dev.uplift.code;

import dev.uplift.host.StepFailure;
import dev.uplift.profile.AppProfile;
import dev.uplift.release.CommitId;
import dev.uplift.release.Tag;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.eclipse.jgit.dircache.DirCache;
import org.eclipse.jgit.dircache.DirCacheEntry;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.IndexDiff;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.RepositoryState;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.submodule.SubmoduleWalk.IgnoreSubmoduleMode;
import org.eclipse.jgit.treewalk.FileTreeIterator;

/** A tenant's git checkout. */
public final class Checkout implements AutoCloseable {
  private static final String DETACHED = "detached";
  private static final int STATUS_LINES = 500;
  private final Path directory;
  private final TamedRepository repository;

  private Checkout(Path directory, TamedRepository repository) {
    this.directory = directory;
    this.repository = repository;
  }

  /**
   * @throws StepFailure of kind {@code dirty_checkout} if there is no checkout with a git directory
   *     of its own, or it has no commit
   */
  public static Checkout open(Path directory) {
    Path git = directory.resolve(Constants.DOT_GIT);
    if (!Files.isDirectory(directory)) {
      throw notACheckout("There is no directory " + directory + ".", null);
    }
    if (Files.isRegularFile(git, LinkOption.NOFOLLOW_LINKS)) {
      throw notACheckout(
          "The checkout shares its git directory with another one.",
          git + " is a file, as 'git worktree' and submodules make it");
    }
    if (!Files.isDirectory(git, LinkOption.NOFOLLOW_LINKS)) {
      boolean bare =
          Files.isRegularFile(directory.resolve(Constants.HEAD))
              && Files.isDirectory(directory.resolve("objects"));
      throw notACheckout(
          directory + (bare ? " is a bare repository." : " is not a git checkout."),
          "there is no directory " + git);
    }
    TamedRepository repository = null;
    boolean opened = false;
    try {
      repository = TamedRepository.withWorkTree(git, directory);
      requireSupported(repository, directory);
      opened = true;
      return new Checkout(directory, repository);
    } catch (IOException e) {
      throw GitFailure.of("opening " + directory, e);
    } finally {
      if (!opened && repository != null) {
        repository.close();
      }
    }
  }

  private static void requireSupported(TamedRepository repository, Path directory)
      throws IOException {
    if (repository.getConfig().getBoolean("core", "bare", false)) {
      throw notACheckout(directory + " is a bare repository.", "core.bare is true");
    }
    if (repository.getConfig().getString("extensions", null, "partialClone") != null) {
      throw notACheckout("The checkout is a partial clone.", "extensions.partialClone is set");
    }
    if (repository.resolve(Constants.HEAD) == null) {
      throw notACheckout("The checkout is at no commit.", "HEAD cannot be resolved");
    }
  }

  private static StepFailure notACheckout(String message, String evidence) {
    return new StepFailure(
        FailureKind.DIRTY_CHECKOUT,
        message,
        evidence,
        "A tenant is a full git clone of its own ('git clone <upstream> <path>'); correct its path, or clone it"
            + " anew.");
  }

  public Path directory() {
    return directory;
  }

  TamedRepository repository() {
    return repository;
  }

  public CommitId head() {
    try {
      return new CommitId(repository.resolve(Constants.HEAD).name());
    } catch (IOException e) {
      throw GitFailure.of("reading HEAD of " + directory, e);
    }
  }

  /** The tree of the deployed release. */
  public ReleaseTree tree() {
    return tree(head());
  }

  ReleaseTree tree(CommitId commit) {
    return new ReleaseTree(repository.getDirectory().toPath(), commit);
  }

  boolean has(CommitId commit) {
    return repository.getObjectDatabase().has(ObjectId.fromString(commit.value()));
  }

  /** The full name of the branch that HEAD is on; empty if it is on none. */
  Optional<String> branch() {
    try {
      Ref head = repository.exactRef(Constants.HEAD);
      return head.isSymbolic() ? Optional.of(head.getTarget().getName()) : Optional.empty();
    } catch (IOException e) {
      throw GitFailure.of("reading HEAD of " + directory, e);
    }
  }

  /** The release tag at HEAD; of several the highest. */
  public Optional<Tag> releaseTag() {
    CommitId head = head();
    return Precedence.highest(
        tags().entrySet().stream()
            .filter(tag -> tag.getValue().equals(head))
            .map(Map.Entry::getKey)
            .toList());
  }

  /** The commit that the checkout's own tag points to. */
  Optional<CommitId> commitOf(Tag tag) {
    return Optional.ofNullable(tags().get(tag));
  }

  private Map<Tag, CommitId> tags() {
    Map<Tag, CommitId> tags = new HashMap<>();
    try (RevWalk walk = new RevWalk(repository)) {
      for (Ref ref : repository.getRefDatabase().getRefsByPrefix(Constants.R_TAGS)) {
        String name = ref.getName().substring(Constants.R_TAGS.length());
        if (Tag.isValid(name)) {
          tags.put(new Tag(name), new CommitId(walk.peel(walk.parseAny(ref.getObjectId())).name()));
        }
      }
      return tags;
    } catch (IOException e) {
      throw GitFailure.of("reading the tags of " + directory, e);
    }
  }

  /** The release tag at HEAD, or else what {@code git describe --tags} says. */
  public String version() {
    return releaseTag().map(Tag::name).orElseGet(this::described);
  }

  private String described() {
    try {
      String described = Git.wrap(repository).describe().setTags(true).call();
      return described == null ? head().abbreviated() : described;
    } catch (GitAPIException e) {
      throw GitFailure.of("describing HEAD of " + directory, e);
    }
  }

  /** {@code remote.origin.url} as it is written, which may be with a password. */
  Optional<String> originUrl() {
    return Optional.ofNullable(repository.getConfig().getString("remote", "origin", "url"));
  }

  /** {@code remote.origin.url} for people: without a user, a password or a query. */
  public Optional<String> shownOrigin() {
    return originUrl().map(url -> OriginUrl.of(url).shown());
  }

  /** Whether that leaves out something of {@code remote.origin.url}. */
  public boolean hidesPartOfOrigin() {
    return originUrl().filter(url -> !OriginUrl.of(url).shown().equals(url)).isPresent();
  }

  /** What {@code git status} would say, and where HEAD is. */
  public String status() {
    CommitId head = head();
    IndexDiff difference = difference(head);
    List<String> lines = new ArrayList<>();
    changed(difference).forEach(path -> lines.add("changed: " + path));
    new TreeSet<>(difference.getUntracked()).forEach(path -> lines.add("untracked: " + path));
    if (lines.isEmpty()) {
      lines.add("clean");
    }
    int shown = Math.min(lines.size(), STATUS_LINES);
    String more = shown < lines.size() ? "and " + (lines.size() - shown) + " more\n" : "";
    return "HEAD is at %s, %s\n%s\n%s"
        .formatted(
            head,
            branch().map(name -> "on " + name).orElse(DETACHED),
            String.join("\n", lines.subList(0, shown)),
            more);
  }

  /** Tracked files that are not as HEAD has them. */
  public List<String> changed() {
    return changedSince(head());
  }

  /** Every file that git tracks, by its path. */
  public Set<String> tracked() {
    try {
      DirCache index = repository.readDirCache();
      Set<String> paths = new TreeSet<>();
      for (int i = 0; i < index.getEntryCount(); i++) {
        paths.add(index.getEntry(i).getPathString());
      }
      return paths;
    } catch (IOException e) {
      throw GitFailure.of("reading the index of " + directory, e);
    }
  }

  /**
   * Refuses a checkout that somebody, or a git process, is in the middle of changing.
   *
   * @throws StepFailure of kind {@code dirty_checkout}
   */
  public void refuseUnfinishedWork() {
    RepositoryState state = repository.getRepositoryState();
    if (state != RepositoryState.SAFE) {
      throw new StepFailure(
          FailureKind.DIRTY_CHECKOUT,
          "Somebody has begun a merge, rebase or the like in the checkout and not finished it.",
          "git state: " + state.getDescription(),
          "Finish or abort it (see 'git status' in the checkout), then try again.");
    }
    Path lock = repository.getIndexFile().toPath().resolveSibling("index.lock");
    if (Files.exists(lock, LinkOption.NOFOLLOW_LINKS)) {
      throw new StepFailure(
          FailureKind.DIRTY_CHECKOUT,
          "Another git process works in the checkout, or was killed in it.",
          lock.toString(),
          "Wait until it is done; if none runs, remove that file and look at 'git status'.");
    }
  }

  /** What differs from HEAD, as far as it concerns an upgrade to {@code target}. */
  public Dirt dirt(ReleaseTree target, AppProfile from, AppProfile to) {
    MigrationPlaces before = MigrationPlaces.of(from.migrations());
    MigrationPlaces after = MigrationPlaces.of(to.migrations());
    IndexDiff difference = difference(head());
    List<String> beside = new ArrayList<>();
    List<String> stray = new ArrayList<>();
    for (String path : new TreeSet<>(difference.getUntracked())) {
      boolean reachable = before.couldReach(path) || after.couldReach(path);
      (reachable ? beside : stray).add(path);
    }
    return new Dirt(changed(difference), inTheWay(target), beside, stray);
  }

  /** Like {@link #dirt(ReleaseTree, AppProfile, AppProfile)}, while no target is known yet. */
  public Dirt dirt(AppProfile from) {
    return dirt(tree(), from, from);
  }

  List<String> inTheWay(ReleaseTree target) {
    return new WorkTree(directory).inTheWay(target.entries().keySet(), tree().entries().keySet());
  }

  /** Tracked files that are not as {@code commit} has them, or that are staged otherwise. */
  List<String> changedSince(CommitId commit) {
    return changed(difference(commit));
  }

  private IndexDiff difference(CommitId commit) {
    try {
      IndexDiff difference =
          new IndexDiff(
              repository, ObjectId.fromString(commit.value()), new FileTreeIterator(repository));
      difference.setIgnoreSubmoduleMode(IgnoreSubmoduleMode.ALL);
      difference.diff();
      return difference;
    } catch (IOException e) {
      throw GitFailure.of("comparing " + directory + " with its commit", e);
    }
  }

  private List<String> changed(IndexDiff difference) {
    Set<String> changed = new TreeSet<>();
    changed.addAll(difference.getAdded());
    changed.addAll(difference.getChanged());
    changed.addAll(difference.getRemoved());
    changed.addAll(difference.getMissing());
    changed.addAll(difference.getModified());
    changed.addAll(difference.getConflicting());
    changed.addAll(hiddenFromGit());
    return List.copyOf(changed);
  }

  // git does not compare such files, so nobody can say that they are as the release has them.
  private List<String> hiddenFromGit() {
    try {
      DirCache index = repository.readDirCache();
      List<String> hidden = new ArrayList<>();
      for (int i = 0; i < index.getEntryCount(); i++) {
        DirCacheEntry entry = index.getEntry(i);
        if ((entry.isAssumeValid() || entry.isSkipWorkTree())
            && !FileMode.GITLINK.equals(entry.getFileMode())) {
          hidden.add(entry.getPathString());
        }
      }
      return hidden;
    } catch (IOException e) {
      throw GitFailure.of("reading the index of " + directory, e);
    }
  }

  /**
   * Looks once more whether the checkout is as it was examined.
   *
   * @throws StepFailure {@code dirty_checkout} if HEAD was moved or a tracked file was changed
   */
  public void requireUnchangedSince(CommitId commit) {
    refuseUnfinishedWork();
    List<String> found = new ArrayList<>();
    if (!head().equals(commit)) {
      found.add("HEAD is at " + head() + ", and was at " + commit);
    }
    changedSince(commit).forEach(path -> found.add("changed: " + path));
    if (!found.isEmpty()) {
      throw new StepFailure(
          FailureKind.DIRTY_CHECKOUT,
          "The checkout was changed after it had been examined.",
          GitFailure.list(found),
          "Look at 'git status' in the checkout, and upgrade again when nobody works in it.");
    }
  }

  /**
   * The code's part of a tenant's fingerprint: the commit, what HEAD is on, and whether the tracked
   * files are as the commit has them.
   */
  public String identity() {
    List<String> changed = changedSince(head());
    return "commit="
        + head()
        + " head="
        + branch().orElse(DETACHED)
        + " tree="
        + (changed.isEmpty() ? "clean" : "changed:" + String.join(",", changed));
  }

  /**
   * Enters what Uplift puts into a checkout in {@code .git/info/exclude}, so that it neither looks
   * like stray files nor is committed. {@code venv/} in a {@code .gitignore} does not match the
   * link that Uplift makes of it.
   */
  public void excludeOwnFiles(AppProfile profile) {
    List<String> wanted = new ArrayList<>();
    TreeCheck.dependencyTargets(profile).forEach(target -> wanted.add(pattern(target)));
    for (String suffix : List.of(".backup_*", ".failed_*", ".uplift_*")) {
      wanted.add(pattern(profile.database()) + suffix);
    }
    Path file = repository.getDirectory().toPath().resolve("info/exclude");
    try {
      String present = Files.exists(file) ? Files.readString(file) : "";
      List<String> missing =
          wanted.stream().filter(line -> !present.lines().toList().contains(line)).toList();
      if (missing.isEmpty()) {
        return;
      }
      StringBuilder text = new StringBuilder(present);
      if (!present.isEmpty() && !present.endsWith("\n")) {
        text.append('\n');
      }
      missing.forEach(line -> text.append(line).append('\n'));
      Files.createDirectories(file.getParent());
      Path real = Files.exists(file) ? file.toRealPath() : file;
      Path fresh = Files.createTempFile(real.getParent(), "exclude", null);
      Files.write(fresh, text.toString().getBytes(StandardCharsets.UTF_8));
      Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-r--r--"));
      Files.move(fresh, real, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw GitFailure.of("writing " + file, e);
    }
  }

  private static String pattern(String path) {
    return "/" + path.replace("[", "\\[").replace(" ", "\\ ");
  }

  @Override
  public void close() {
    repository.close();
  }
}
