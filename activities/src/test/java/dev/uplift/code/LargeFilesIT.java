package dev.uplift.code;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.release.Tag;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.UpgradePlan;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Releases with files that are larger than what a worker has left of its memory: one that cannot be
 * compressed, and one that git stores as its difference from another.
 */
@Timeout(180)
class LargeFilesIT {
  private static final Tag LARGE = Tag.of("v1.0.0");
  private static final Tag CHANGED = Tag.of("v1.1.0");
  private static final Tag SMALL = Tag.of("v1.2.0");
  private static final int VIDEO_BYTES = 90 << 20;
  private static final int TEXT_LINES = 600_000;

  /** About what a worker that has been at work for long has in its heap. */
  private static final int LIVE_BYTES = 30 << 20;

  private static final Path FLAGS = Path.of("../cli/src/main/jvm/worker");

  @TempDir Path root;

  @Test
  void areFetchedCheckedOutAndPutBackWithTheMemoryOfAWorker() throws Exception {
    GitWorld world = GitWorld.create(root);
    Path video = world.upstream.resolve("assets/video.bin");
    writeVideo(video);
    writeText(world.upstream.resolve("assets/places.csv"), 0);
    world.release(LARGE);
    writeText(world.upstream.resolve("assets/places.csv"), 1);
    world.release(CHANGED);
    Path kept = Files.move(video, root.resolve("video.bin"));
    Files.delete(world.upstream.resolve("assets/places.csv"));
    world.release(SMALL);
    world.git(world.upstream, "gc", "--quiet");
    GitWorld.delete(world.checkout);
    world.git(root, "clone", "--quiet", "--branch", LARGE.name(), "upstream", "acme");

    Process worker = start();
    try {
      assertThat(worker.waitFor(150, TimeUnit.SECONDS)).as("it ends").isTrue();
      assertThat(worker.exitValue())
          .as(Files.readString(root.resolve("worker.log"), StandardCharsets.UTF_8))
          .isZero();
    } finally {
      worker.destroyForcibly().waitFor();
    }

    assertThat(world.commit(world.checkout, "HEAD"))
        .isEqualTo(world.commit(world.upstream, "v1.0.0"));
    assertThat(world.checkout.resolve("assets/video.bin")).hasSameBinaryContentAs(kept);
    assertThat(world.git(world.checkout, "status", "--porcelain")).isEmpty();
  }

  private Process start() throws IOException {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    Files.readAllLines(FLAGS).stream().filter(line -> line.startsWith("-")).forEach(words::add);
    words.addAll(
        List.of(
            "-cp", System.getProperty("java.class.path"), Worker.class.getName(), root.toString()));
    return new ProcessBuilder(words)
        .redirectErrorStream(true)
        .redirectOutput(root.resolve("worker.log").toFile())
        .start();
  }

  private static void writeVideo(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    Random random = new Random(1);
    byte[] piece = new byte[1 << 20];
    try (OutputStream out = Files.newOutputStream(file)) {
      for (int written = 0; written < VIDEO_BYTES; written += piece.length) {
        random.nextBytes(piece);
        out.write(piece);
      }
    }
  }

  /** Some 50 MB. */
  private static void writeText(Path file, int version) throws IOException {
    Random random = new Random(2);
    try (var out = Files.newBufferedWriter(file)) {
      for (int line = 0; line < TEXT_LINES; line++) {
        int changed = line % 1000 == 0 ? version : 0;
        out.write(
            "place %d;%x;%x;%d%n".formatted(line, random.nextLong(), random.nextLong(), changed));
      }
    }
  }

  /** A worker that upgrades twice, to be turned back in the end. */
  static final class Worker {
    public static void main(String[] arguments) throws IOException {
      byte[] live = new byte[LIVE_BYTES];
      GitWorld world = new GitWorld(Path.of(arguments[0]));
      world.fetch(world.plan(CHANGED, null));
      UpgradePlan plan = world.plan(SMALL, null);
      StepInput input = new StepInput(plan, world.deployed(), world.fetch(plan), Direction.FORWARD);
      Mirror mirror = world.mirror();
      mirror
          .tree(world.commit(world.upstream, LARGE.name()))
          .exportTo(Files.createDirectory(world.root.resolve("large")));
      new CheckOutRelease(world.mirrors).run(input, world.context());
      if (Files.exists(world.checkout.resolve("assets/video.bin"))) {
        throw new IllegalStateException("the large file is still there");
      }
      new RestoreCode().run(input.back(), world.context());
      if (live.length != LIVE_BYTES) {
        throw new IllegalStateException("it is to stay in memory until here");
      }
    }
  }
}
