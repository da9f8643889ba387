package dev.uplift.code;

import dev.uplift.host.Cancellation;
import dev.uplift.host.StepCancelled;
import dev.uplift.host.StepFailure;
import dev.uplift.release.CommitId;
import dev.uplift.release.Tag;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.eclipse.jgit.errors.NotSupportedException;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.lib.BatchRefUpdate;
import org.eclipse.jgit.lib.EmptyProgressMonitor;
import org.eclipse.jgit.lib.NullProgressMonitor;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.RefUpdate;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.StoredConfig;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.transport.FetchConnection;
import org.eclipse.jgit.transport.FetchResult;
import org.eclipse.jgit.transport.ReceiveCommand;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.TagOpt;
import org.eclipse.jgit.transport.TrackingRefUpdate;
import org.eclipse.jgit.transport.Transport;
import org.eclipse.jgit.util.FileUtils;

/**
 * One upstream's bare copy on this host, shared by all tenants that come from it.
 *
 * <ul>
 *   <li>{@code refs/upstream/tags/*}: the tags as the upstream has them now
 *   <li>{@code refs/tags/*}: each tag as it was first seen here; an upstream that moves one is
 *       found out
 *   <li>{@code refs/keep/<commit>}: commits that an upgrade was planned with
 * </ul>
 */
final class Mirror {
  private static final String UPSTREAM_TAGS = "refs/upstream/tags/";
  private static final String UPSTREAM_BRANCHES = "refs/remotes/origin/";
  private static final String KEPT = "refs/keep/";
  private static final List<RefSpec> REFSPECS =
      List.of(
          new RefSpec("+refs/heads/*:" + UPSTREAM_BRANCHES + "*"),
          new RefSpec("+refs/tags/*:" + UPSTREAM_TAGS + "*"));
  private static final Set<RefUpdate.Result> WRITTEN =
      EnumSet.of(
          RefUpdate.Result.NEW,
          RefUpdate.Result.FORCED,
          RefUpdate.Result.FAST_FORWARD,
          RefUpdate.Result.NO_CHANGE);
  private static final int ATTEMPTS = 3;
  private static final long PAUSE_MILLIS = 300;

  private final Path directory;
  private final FetchSource source;
  private final Duration networkTimeout;

  Mirror(Path directory, FetchSource source, Duration networkTimeout) {
    this.directory = directory;
    this.source = source;
    this.networkTimeout = networkTimeout;
  }

  Path directory() {
    return directory;
  }

  FetchSource source() {
    return source;
  }

  /**
   * Brings everything that the upstream has, and pins tags that were never seen before.
   *
   * @throws StepFailure of kind {@code fetch_unreachable} if the upstream does not answer
   */
  KnownReleases fetch(Cancellation cancellation) {
    return locked(
        cancellation,
        repository -> {
          fetchWithRetries(repository, cancellation);
          pinNewTags(repository);
          return known(repository);
        });
  }

  /** What the last fetch brought; nothing if there was none. */
  KnownReleases known() {
    if (!exists()) {
      return new KnownReleases(Map.of(), Set.of());
    }
    try (Repository repository = TamedRepository.bare(directory)) {
      return known(repository);
    } catch (IOException e) {
      throw GitFailure.of("reading the mirror of " + source.shown(), e);
    }
  }

  /** Asks the upstream for its tags without fetching anything, for at most {@code patience}. */
  KnownReleases ask(Duration patience) {
    FutureTask<KnownReleases> question = new FutureTask<>(() -> advertised(patience));
    // A name server that does not answer heeds no timeout of ours, so the thread may be left
    // behind.
    Thread thread = new Thread(question, "ask-upstream");
    thread.setDaemon(true);
    thread.start();
    try {
      return question.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException silent) {
      question.cancel(true);
      throw UpstreamFailure.of(
          source, new TimeoutException("no answer within " + patience.toMillis() + " ms"));
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof StepFailure refusal) {
        throw refusal;
      }
      throw UpstreamFailure.of(
          source, new TransportException("cannot be asked", failed.getCause()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StepCancelled("interrupted");
    }
  }

  /** The commit that {@code tag} was first seen at. */
  Optional<CommitId> pinned(Tag tag) {
    if (!exists()) {
      return Optional.empty();
    }
    try (Repository repository = TamedRepository.bare(directory);
        RevWalk walk = new RevWalk(repository)) {
      Ref pin = repository.exactRef(tag.ref());
      return pin == null ? Optional.empty() : commit(walk, pin.getObjectId());
    } catch (IOException e) {
      throw GitFailure.of("reading the mirror of " + source.shown(), e);
    }
  }

  /** Accepts where the upstream has moved {@code tag} to. The commit it pointed to is kept. */
  void repin(Tag tag, Cancellation cancellation) {
    locked(
        cancellation,
        repository -> {
          keep(repository, pinned(tag).orElseThrow());
          Ref moved = repository.exactRef(UPSTREAM_TAGS + tag.name());
          write(repository, tag.ref(), moved.getObjectId());
          return null;
        });
  }

  /** Makes {@code commit} stay, whatever happens to tags, and reachable under {@link #keptRef}. */
  void keep(CommitId commit, Cancellation cancellation) {
    locked(
        cancellation,
        repository -> {
          keep(repository, commit);
          return null;
        });
  }

  static String keptRef(CommitId commit) {
    return KEPT + commit;
  }

  ReleaseTree tree(CommitId commit) {
    return new ReleaseTree(directory, commit);
  }

  boolean has(CommitId commit) {
    if (!exists()) {
      return false;
    }
    try (Repository repository = TamedRepository.bare(directory)) {
      return repository.getObjectDatabase().has(ObjectId.fromString(commit.value()));
    } catch (IOException e) {
      throw GitFailure.of("reading the mirror of " + source.shown(), e);
    }
  }

  /** Whether {@code older} is in the history of {@code newer}, as far as the mirror knows both. */
  boolean isAncestor(CommitId older, CommitId newer) {
    try (Repository repository = TamedRepository.bare(directory);
        RevWalk walk = new RevWalk(repository)) {
      ObjectId from = ObjectId.fromString(older.value());
      ObjectId to = ObjectId.fromString(newer.value());
      return repository.getObjectDatabase().has(from)
          && repository.getObjectDatabase().has(to)
          && walk.isMergedInto(walk.parseCommit(from), walk.parseCommit(to));
    } catch (IOException e) {
      throw GitFailure.of("reading the mirror of " + source.shown(), e);
    }
  }

  private boolean exists() {
    return Files.isRegularFile(directory.resolve("HEAD"));
  }

  private interface Work<T> {
    T in(Repository repository) throws IOException, InterruptedException;
  }

  private <T> T locked(Cancellation cancellation, Work<T> work) {
    try {
      Files.createDirectories(directory.getParent());
      Path file = directory.resolveSibling(directory.getFileName() + ".lock");
      MirrorLock lock = MirrorLock.acquire(file, cancellation);
      try (Repository repository = openOrCreate()) {
        removeStaleLocks();
        return work.in(repository);
      } finally {
        lock.close();
      }
    } catch (IOException e) {
      throw GitFailure.of("the mirror of " + source.shown(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StepCancelled("interrupted");
    }
  }

  // Created beside and renamed, so that a half-made mirror never has the mirror's name.
  private Repository openOrCreate() throws IOException {
    if (!exists()) {
      Path fresh = directory.resolveSibling(directory.getFileName() + ".new");
      FileUtils.delete(fresh.toFile(), FileUtils.RECURSIVE | FileUtils.SKIP_MISSING);
      try (TamedRepository repository = TamedRepository.bare(fresh)) {
        repository.create(true);
        StoredConfig config = repository.getConfig();
        // Tenants may be at commits that the upstream no longer has.
        config.setString("gc", null, "auto", "0");
        config.setString("gc", null, "pruneExpire", "never");
        // For a person who wonders what this directory is.
        config.setString("uplift", null, "upstream", source.shown());
        config.save();
      }
      Files.move(fresh, directory, StandardCopyOption.ATOMIC_MOVE);
    }
    return TamedRepository.bare(directory);
  }

  // The mirror is ours alone and we hold its lock, so git's own locks are those of a killed worker.
  private void removeStaleLocks() throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve("refs"));
        Stream<Path> top = Files.list(directory)) {
      List<Path> stale =
          Stream.concat(files, top).filter(file -> file.toString().endsWith(".lock")).toList();
      for (Path lock : stale) {
        Files.delete(lock);
      }
    }
  }

  private void fetchWithRetries(Repository repository, Cancellation cancellation)
      throws InterruptedException {
    for (int attempt = 1; ; attempt++) {
      cancellation.check();
      List<TrackingRefUpdate> refused;
      try {
        refused = fetchOnce(repository, cancellation);
        if (refused.isEmpty()) {
          return;
        }
      } catch (UpstreamFailure e) {
        cancellation.check();
        if (!e.isPassing() || attempt == ATTEMPTS) {
          throw e;
        }
        Thread.sleep(PAUSE_MILLIS * attempt);
        continue;
      }
      if (attempt == ATTEMPTS) {
        throw new StepFailure(
            FailureKind.STEP_FAILED,
            "The mirror of " + source.shown() + " could not be brought up to date.",
            GitFailure.list(
                refused.stream()
                    .map(update -> update.getLocalName() + ": " + update.getResult())
                    .toList()),
            "Look whether another program works in " + directory + ", then try again.");
      }
      Thread.sleep(PAUSE_MILLIS * attempt);
    }
  }

  /**
   * @return refs that were not written; JGit reports them in its result and throws nothing
   */
  private List<TrackingRefUpdate> fetchOnce(Repository repository, Cancellation cancellation) {
    try (UpstreamAccess access = UpstreamAccess.to(source)) {
      try (Transport transport = Transport.open(repository, source.uri())) {
        access.prepare(transport);
        transport.setTimeout(seconds(networkTimeout));
        transport.setTagOpt(TagOpt.NO_TAGS);
        // A tag that the upstream has withdrawn is no release any more; its pin stays.
        transport.setRemoveDeletedRefs(true);
        FetchResult result = transport.fetch(new CancellableMonitor(cancellation), REFSPECS);
        return result.getTrackingRefUpdates().stream()
            .filter(update -> !WRITTEN.contains(update.getResult()))
            .toList();
      } catch (TransportException | NotSupportedException e) {
        throw access.explain(e);
      }
    }
  }

  private KnownReleases advertised(Duration patience) {
    IsolatedGit.install();
    try (UpstreamAccess access = UpstreamAccess.to(source)) {
      try (Transport transport = Transport.open(source.uri())) {
        access.prepare(transport);
        transport.setTimeout(seconds(patience));
        try (FetchConnection connection = transport.openFetch()) {
          return advertised(connection);
        }
      } catch (TransportException | NotSupportedException e) {
        throw access.explain(e);
      }
    }
  }

  private static KnownReleases advertised(FetchConnection connection) {
    Map<Tag, CommitId> tags = new HashMap<>();
    Set<String> branches = new HashSet<>();
    for (Ref ref : connection.getRefs()) {
      if (ref.getName().startsWith("refs/heads/")) {
        branches.add(ref.getName().substring("refs/heads/".length()));
      } else if (ref.getName().startsWith("refs/tags/")) {
        String name = ref.getName().substring("refs/tags/".length());
        ObjectId commit =
            ref.getPeeledObjectId() == null ? ref.getObjectId() : ref.getPeeledObjectId();
        if (Tag.isValid(name)) {
          tags.put(new Tag(name), new CommitId(commit.name()));
        }
      }
    }
    return new KnownReleases(tags, branches);
  }

  private static int seconds(Duration timeout) {
    return (int) Math.max(1, timeout.toSeconds());
  }

  private static KnownReleases known(Repository repository) throws IOException {
    Map<Tag, CommitId> tags = new HashMap<>();
    try (RevWalk walk = new RevWalk(repository)) {
      for (Ref ref : repository.getRefDatabase().getRefsByPrefix(UPSTREAM_TAGS)) {
        String name = ref.getName().substring(UPSTREAM_TAGS.length());
        if (Tag.isValid(name)) {
          commit(walk, ref.getObjectId()).ifPresent(commit -> tags.put(new Tag(name), commit));
        }
      }
    }
    Set<String> branches = new HashSet<>();
    for (Ref ref : repository.getRefDatabase().getRefsByPrefix(UPSTREAM_BRANCHES)) {
      branches.add(ref.getName().substring(UPSTREAM_BRANCHES.length()));
    }
    return new KnownReleases(tags, branches);
  }

  /** The commit of a lightweight or annotated tag; empty for a tag of something else. */
  private static Optional<CommitId> commit(RevWalk walk, ObjectId tagged) throws IOException {
    return walk.peel(walk.parseAny(tagged)) instanceof RevCommit commit
        ? Optional.of(new CommitId(commit.name()))
        : Optional.empty();
  }

  private static void pinNewTags(Repository repository) throws IOException {
    BatchRefUpdate pins = repository.getRefDatabase().newBatchUpdate();
    for (Ref ref : repository.getRefDatabase().getRefsByPrefix(UPSTREAM_TAGS)) {
      String name = ref.getName().substring(UPSTREAM_TAGS.length());
      String pin = "refs/tags/" + name;
      if (Tag.isValid(name) && repository.exactRef(pin) == null) {
        pins.addCommand(new ReceiveCommand(ObjectId.zeroId(), ref.getObjectId(), pin));
      }
    }
    try (RevWalk walk = new RevWalk(repository)) {
      pins.execute(walk, NullProgressMonitor.INSTANCE);
    }
    for (ReceiveCommand pin : pins.getCommands()) {
      if (pin.getResult() != ReceiveCommand.Result.OK) {
        throw new IOException("cannot write " + pin.getRefName() + ": " + pin.getResult());
      }
    }
  }

  private static void keep(Repository repository, CommitId commit) throws IOException {
    write(repository, keptRef(commit), ObjectId.fromString(commit.value()));
  }

  private static void write(Repository repository, String name, ObjectId id) throws IOException {
    RefUpdate update = repository.updateRef(name);
    update.setNewObjectId(id);
    RefUpdate.Result result = update.forceUpdate();
    if (!WRITTEN.contains(result)) {
      throw new IOException("cannot write " + name + ": " + result);
    }
  }

  /** Ends a transfer when the step is told to stop. */
  private static final class CancellableMonitor extends EmptyProgressMonitor {
    private final Cancellation cancellation;

    CancellableMonitor(Cancellation cancellation) {
      this.cancellation = cancellation;
    }

    @Override
    public boolean isCancelled() {
      return cancellation.isRequested();
    }
  }
}
