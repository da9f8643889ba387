package dev.uplift.prepare;

import dev.uplift.sandbox.Sandbox;
import dev.uplift.testhost.TestHost;
import dev.uplift.testhost.TestHosts;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Hosts with tenants as they were before anybody thought of Uplift, and an archive of Uplift to
 * install there.
 */
final class OldHosts implements AutoCloseable {
  /** Where each host finds the archive. */
  static final String ARCHIVE = "/root/uplift-new.tar.gz";

  private final TestHosts hosts;
  private final Sandbox upstream;
  private final Path archive;
  private final String installer;

  private OldHosts(TestHosts hosts, Path directory) throws IOException, InterruptedException {
    this.hosts = hosts;
    this.upstream = Sandbox.in(directory.resolve("sandbox")).tenants(1).start();
    this.archive = directory.resolve("uplift.tar.gz");
    Process dist =
        new ProcessBuilder("../uplift", "dist", "--output", archive.toString()).inheritIO().start();
    if (dist.waitFor() != 0) {
      throw new IllegalStateException("uplift dist failed");
    }
    try (InputStream script = OldHosts.class.getResourceAsStream("install-tenants.sh")) {
      this.installer = new String(script.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Without any host yet; skips the test where there can be none. */
  static OldHosts orSkip(Path directory) throws IOException, InterruptedException {
    TestHosts hosts = TestHosts.orSkip();
    try {
      return new OldHosts(hosts, directory);
    } catch (IOException | RuntimeException e) {
      hosts.close();
      throw e;
    }
  }

  /** Adds a release that differs from another by the given files. */
  void addRelease(String tag, String parentTag, Map<String, String> changes) {
    upstream.upstream().addRelease(tag, parentTag, changes);
  }

  TestHosts network() {
    return hosts;
  }

  /** A host that is up, and has no tenants. */
  TestHost boot(String name) throws InterruptedException {
    return hosts
        .add(name)
        .bindReadOnly(upstream.upstream().directory(), "/media/upstream")
        .bindReadOnly(upstream.directory().resolve("wheels"), "/media/wheels")
        .bindReadOnly(archive, ARCHIVE)
        .boot();
  }

  /**
   * Installs tenants at v0.2.0 that serve, with units {@code SLUG-api} and {@code SLUG-frontend}.
   */
  void install(TestHost host, String owner, String root, int firstPort, String... slugs)
      throws InterruptedException {
    List<String> words = List.of("bash", "-c", installer, "install", owner, root);
    host.mustRun(
        Stream.of(words.stream(), Stream.of(Integer.toString(firstPort)), Arrays.stream(slugs))
            .flatMap(part -> part)
            .toArray(String[]::new));
  }

  /** Unpacks the archive as docs/install.md says. */
  static void unpack(TestHost host) throws InterruptedException {
    host.mustRun("tar", "-xzf", ARCHIVE, "-C", "/opt");
  }

  @Override
  public void close() {
    try {
      hosts.close();
    } finally {
      upstream.close();
    }
  }
}
