package dev.uplift.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uplift.host.Cancellation;
import dev.uplift.host.StepFailure;
import dev.uplift.profile.Credentials;
import dev.uplift.profile.Upstream;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Release;
import dev.uplift.upgrade.UpgradeOptions;
import dev.uplift.version.VersionInfo;
import dev.uplift.version.VersionRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fetches over ssh from a real sshd. */
class SshUpstreamIT {
  @TempDir Path root;
  private GitWorld world;
  private SshServer server;
  private Path key;

  @BeforeEach
  void startServer() throws IOException {
    world = GitWorld.create(root);
    server = SshServer.start(root.resolve("sshd"));
    key = server.makeKey("id_ed25519", "ed25519", "");
    server.authorize(key);
  }

  @AfterEach
  void stopServer() {
    if (server != null) {
      server.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ed25519", "rsa", "ecdsa"})
  void aKeyOfEachCommonTypeLetsTheHostFetch(String type) throws IOException {
    Path other = server.makeKey("id_" + type, type, "");
    server.authorize(other);

    assertThat(mirror(other, server.knownHosts("ed25519")).fetch(Cancellation.NEVER).tags())
        .containsOnlyKeys(GitWorld.OLD, GitWorld.NEW);
  }

  @Test
  void aKeyInTheOlderPemFormIsRead() throws IOException {
    Path pem = server.makeKey("id_pem", "rsa", "", "-m", "PEM");
    server.authorize(pem);

    assertThat(mirror(pem, server.knownHosts("rsa")).fetch(Cancellation.NEVER).tags()).hasSize(2);
  }

  @Test
  void anUpgradeAndAVersionComeOverSsh() throws IOException {
    Upstream upstream =
        new Upstream(server.url(world.upstream), credentials(key, server.knownHosts("ed25519")));

    Release release =
        world.fetch(
            world.plan(GitWorld.NEW, null, GitWorld.profile(upstream), UpgradeOptions.DEFAULTS));
    VersionInfo version =
        new LookUpVersion(world.mirrors, Clock.systemUTC(), GitWorld.PATIENCE)
            .lookUpVersion(new VersionRequest(world.tenant(), GitWorld.profile(upstream), null));

    assertThat(release.commit()).isEqualTo(world.commit(world.upstream, "v0.3.0"));
    assertThat(version.upstreamError()).isNull();
    assertThat(version.latestVersion()).isEqualTo("v0.3.0");
  }

  @Test
  void theServersKeyThatIsKnownIsTheOneThatIsAskedFor() throws IOException {
    // The server would rather show its other key.
    assertThat(mirror(key, server.knownHosts("rsa")).fetch(Cancellation.NEVER).tags()).hasSize(2);
  }

  @Test
  void aUrlAsScpHasItIsUnderstood() throws IOException {
    assumeTrue(SshServer.isRoot(), "needs root: such a URL has no port, so the server is at 22");
    try (SshServer standard = SshServer.start(root.resolve("sshd22"), "127.0.0.22", 22)) {
      standard.authorize(key);
      String url = System.getProperty("user.name") + "@127.0.0.22:" + world.upstream;
      FetchSource source =
          FetchSource.parse(url, root, credentials(key, standard.knownHosts("ed25519")));

      assertThat(world.mirrors.of(source).fetch(Cancellation.NEVER).tags()).hasSize(2);
    }
  }

  @Test
  void aChangedHostKeyIsRefusedWithBothKeys() throws IOException {
    server.makeKey("other", "ed25519", "");
    Path knownHosts = server.knownHosts("other", "other");
    String before = Files.readString(knownHosts);

    assertRefused(
        mirror(key, knownHosts),
        failure -> {
          assertThat(failure.getMessage()).contains("the key of 127.0.0.1 is another one than");
          assertThat(failure.evidence().split("SHA256:")).hasSize(3);
          assertThat(failure.advice()).contains("Somebody else may be answering", "ssh-keyscan -p");
        });
    assertThat(Files.readString(knownHosts)).isEqualTo(before);
  }

  @Test
  void anUnknownHostIsRefusedAndNotLearnt() throws IOException {
    Path knownHosts = Files.writeString(root.resolve("known_hosts"), "");

    assertRefused(
        mirror(key, knownHosts),
        failure -> {
          assertThat(failure.getMessage()).contains("nobody knows the key of 127.0.0.1");
          assertThat(failure.evidence()).contains("SHA256:", knownHosts.toString());
          assertThat(failure.advice()).contains("ssh-keyscan -p");
        });
    assertThat(knownHosts).isEmptyFile();
  }

  @Test
  void aKeyThatTheServerDoesNotKnowIsRefusedAtOnce() throws Exception {
    Path stranger = server.makeKey("stranger", "ed25519", "");

    assertRefused(
        mirror(stranger, server.knownHosts("ed25519")),
        failure -> {
          assertThat(failure.getMessage()).contains("it refuses the key in " + stranger);
          assertThat(failure.evidence()).contains("SHA256:");
          assertThat(failure.advice()).contains("deploy key");
        });
    assertThat(server.awaitLog("Connection closed by authenticating user").lines()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"OPENSSH", "PEM", "PKCS8"})
  void anEncryptedKeyIsToldAsSuch(String form) throws IOException {
    Path encrypted =
        form.equals("OPENSSH")
            ? server.makeKey("encrypted", "ed25519", "secret passphrase")
            : server.makeKey("encrypted", "rsa", "secret passphrase", "-m", form);

    assertRefused(
        mirror(encrypted, server.knownHosts("ed25519")),
        failure -> {
          assertThat(failure.getMessage()).contains(encrypted + " is encrypted");
          assertThat(failure.advice()).contains("ssh-keygen");
        });
  }

  @Test
  void aPublicKeyInThePlaceOfThePrivateOneIsToldAsSuch() throws IOException {
    Path wrong = Path.of(key + ".pub");
    Files.setPosixFilePermissions(wrong, PosixFilePermissions.fromString("rw-------"));

    assertRefused(
        mirror(wrong, server.knownHosts("ed25519")),
        failure -> {
          assertThat(failure.getMessage()).contains("is no private key");
          assertThat(failure.advice()).contains("not the public one");
        });
  }

  @Test
  void aKeyThatOthersMayReadIsRefusedAsSshDoes() throws IOException {
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r-----"));

    assertRefused(
        mirror(key, server.knownHosts("ed25519")),
        failure -> {
          assertThat(failure.getMessage()).contains("may be read or written by others");
          assertThat(failure.advice()).contains("chmod 600 " + key);
        });
  }

  @Test
  void filesThatAreMissingAreNamed() throws IOException {
    Path missing = root.resolve("missing");

    assertRefused(
        mirror(missing, server.knownHosts("ed25519")),
        failure ->
            assertThat(failure.getMessage()).contains("ssh_key " + missing + " is not there"));
    assertRefused(
        mirror(key, missing),
        failure ->
            assertThat(failure.getMessage()).contains("known_hosts " + missing + " is not there"));
  }

  @Test
  void aRepositoryThatIsNotThereIsToldAsSuch() throws IOException {
    Mirror mirror =
        world.mirrors.of(
            FetchSource.parse(
                server.url(root.resolve("nothing.git")),
                root,
                credentials(key, server.knownHosts("ed25519"))));

    assertRefused(
        mirror,
        failure -> {
          assertThat(failure.getMessage()).contains("there is no such repository");
          assertThat(failure.advice()).contains("ssh -T -F none", key.toString());
        });
  }

  @Test
  void aServerThatAcceptsAndIsSilentIsGivenUp() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"))) {
      String url = "ssh://git@127.0.0.1:" + silent.getLocalPort() + "/x.git";
      Mirror mirror =
          new Mirrors(root.resolve("mirrors"), Duration.ofSeconds(1))
              .of(FetchSource.parse(url, root, credentials(key, server.knownHosts("rsa"))));
      Instant start = Instant.now();

      assertRefused(
          mirror,
          failure -> assertThat(failure.getMessage()).contains("it does not answer in time"));
      assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(30));
    }
  }

  @Test
  void aServerThatIsDownIsToldAsSuch() throws IOException {
    Mirror mirror = mirror(key, server.knownHosts("ed25519"));
    server.close();

    assertRefused(
        mirror,
        failure -> assertThat(failure.getMessage()).contains("nobody answers at its address"));
  }

  private Mirror mirror(Path userKey, Path knownHosts) {
    return world.mirrors.of(
        FetchSource.parse(server.url(world.upstream), root, credentials(userKey, knownHosts)));
  }

  private static Credentials credentials(Path userKey, Path knownHosts) {
    return new Credentials(null, userKey.toString(), knownHosts.toString(), null);
  }

  private static void assertRefused(Mirror mirror, Consumer<StepFailure> how) {
    assertThatThrownBy(() -> mirror.fetch(Cancellation.NEVER))
        .isInstanceOfSatisfying(
            StepFailure.class,
            failure -> {
              assertThat(failure.kind()).isEqualTo(FailureKind.FETCH_UNREACHABLE);
              how.accept(failure);
              assertThat(failure.getMessage() + failure.evidence() + failure.advice())
                  .doesNotContain("PRIVATE KEY", "secret passphrase", "@127.0.0.1");
              assertThat(failure.getCause()).isNull();
            });
  }
}
