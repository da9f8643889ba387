package dev.uplift.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.host.Cancellation;
import dev.uplift.host.StepCancelled;
import dev.uplift.host.StepFailure;
import dev.uplift.release.Tag;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MirrorTest {
  @TempDir Path root;
  private GitWorld world;

  @BeforeEach
  void createWorld() {
    world = GitWorld.create(root);
  }

  @Test
  void aFetchBringsTagsAndBranches() {
    world.git(world.upstream, "branch", "v9");

    KnownReleases known = world.mirror().fetch(Cancellation.NEVER);

    assertThat(known.tags().keySet()).containsExactlyInAnyOrder(GitWorld.OLD, GitWorld.NEW);
    assertThat(known.branches()).containsExactlyInAnyOrder("main", "v9");
    assertThat(world.mirror().known()).isEqualTo(known);
    assertThat(world.mirror().ask(GitWorld.PATIENCE)).isEqualTo(known);
  }

  @Test
  void whatTheUpstreamWithdrewIsNoReleaseButItsCommitStays() {
    world.mirror().fetch(Cancellation.NEVER);
    world.git(world.upstream, "tag", "--delete", "v0.3.0");

    KnownReleases known = world.mirror().fetch(Cancellation.NEVER);

    assertThat(known.tags()).containsOnlyKeys(GitWorld.OLD);
    assertThat(world.mirror().pinned(GitWorld.NEW)).isPresent();
  }

  @Test
  void nothingIsEverPrunedFromAMirror() {
    world.mirror().fetch(Cancellation.NEVER);

    assertThat(world.git(world.mirrorDirectory(), "config", "gc.auto").strip()).isEqualTo("0");
    assertThat(world.git(world.mirrorDirectory(), "config", "gc.pruneExpire").strip())
        .isEqualTo("never");
  }

  @Test
  void locksOfAKilledWorkerDoNotStopTheNext() {
    world.mirror().fetch(Cancellation.NEVER);
    world.git(world.upstream, "tag", "v0.4.0");
    for (String lock :
        List.of("refs/upstream/tags/v0.4.0.lock", "refs/tags/v0.4.0.lock", "packed-refs.lock")) {
      GitWorld.write(world.mirrorDirectory().resolve(lock), "");
    }

    assertThat(world.mirror().fetch(Cancellation.NEVER).tags()).containsKey(Tag.of("v0.4.0"));
  }

  @Test
  void aMirrorThatWasHalfMadeIsMadeAnew() {
    Path half = world.mirrorDirectory();
    GitWorld.write(half.resolveSibling(half.getFileName() + ".new").resolve("config"), "torn");

    assertThat(world.mirror().fetch(Cancellation.NEVER).tags()).hasSize(2);
  }

  @Test
  void manyTenantsMayFetchAtOnce() throws Exception {
    ExecutorService tenants = Executors.newFixedThreadPool(8);
    try {
      List<Future<KnownReleases>> fetches = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        fetches.add(tenants.submit(() -> world.mirror().fetch(Cancellation.NEVER)));
      }
      for (Future<KnownReleases> fetch : fetches) {
        assertThat(fetch.get(30, TimeUnit.SECONDS).tags()).hasSize(2);
      }
    } finally {
      tenants.shutdownNow();
    }
  }

  @Test
  void anotherProcessThatHoldsTheMirrorIsWaitedForUntilTheStepIsCancelled() throws Exception {
    Mirror mirror = world.mirror();
    mirror.fetch(Cancellation.NEVER);
    Path lock = mirror.directory().resolveSibling(mirror.directory().getFileName() + ".lock");
    // flock(1) takes the other kind of lock, which Java does not see.
    String hold =
        "import fcntl,sys,time; f=open(sys.argv[1],'w'); fcntl.lockf(f,2); time.sleep(60)";
    Process other = new ProcessBuilder("python3", "-c", hold, lock.toString()).start();
    AtomicBoolean cancelled = new AtomicBoolean();
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      awaitHeld(lock);
      Future<?> fetch = thread.submit(() -> mirror.fetch(cancelledBy(cancelled)));
      assertThatThrownBy(() -> fetch.get(300, TimeUnit.MILLISECONDS))
          .isInstanceOf(java.util.concurrent.TimeoutException.class);
      cancelled.set(true);
      assertThatThrownBy(() -> fetch.get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(StepCancelled.class);
    } finally {
      thread.shutdownNow();
      other.destroyForcibly().waitFor();
    }
  }

  @Test
  void aLocalUpstreamThatIsGoneFailsAtOnce() {
    Instant start = Instant.now();

    assertUnreachable(world.mirrors.of(FetchSource.parse("/nowhere/x.git", root, null)));

    assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void anUpstreamThatAcceptsAndIsSilentIsGivenUp() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      String url = "http://127.0.0.1:" + silent.getLocalPort() + "/x.git";
      Mirror mirror =
          new Mirrors(root.resolve("mirrors"), Duration.ofSeconds(1))
              .of(FetchSource.parse(url, root, null));
      Instant start = Instant.now();

      assertUnreachable(mirror);
      assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(30));

      assertThatThrownBy(() -> mirror.ask(Duration.ofMillis(200)))
          .isInstanceOfSatisfying(
              StepFailure.class,
              failure -> assertThat(failure.kind()).isEqualTo(FailureKind.FETCH_UNREACHABLE));
    }
  }

  private static void assertUnreachable(Mirror mirror) {
    assertThatThrownBy(() -> mirror.fetch(Cancellation.NEVER))
        .isInstanceOfSatisfying(
            StepFailure.class,
            failure -> {
              assertThat(failure.kind()).isEqualTo(FailureKind.FETCH_UNREACHABLE);
              assertThat(failure.evidence()).isNotBlank();
              assertThat(failure.advice()).contains("git ls-remote");
            });
  }

  private static void awaitHeld(Path lock) throws IOException, InterruptedException {
    Instant deadline = Instant.now().plusSeconds(60);
    while (Instant.now().isBefore(deadline)) {
      try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE)) {
        if (channel.tryLock() == null) {
          return;
        }
      }
      Thread.sleep(10);
    }
    throw new AssertionError("nobody held " + lock);
  }

  private static Cancellation cancelledBy(AtomicBoolean cancelled) {
    return new Cancellation() {
      @Override
      public void check() {
        if (cancelled.get()) {
          throw new StepCancelled("test");
        }
      }

      @Override
      public boolean isRequested() {
        return cancelled.get();
      }
    };
  }
}
