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
import dev.uplift.upgrade.UpgradePlan;
import dev.uplift.version.VersionInfo;
import dev.uplift.version.VersionRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fetches over https from a server with a login and a certificate of its own authority. */
class WebUpstreamIT {
  private static final String TOKEN = "planted-t0ken";
  @TempDir static Path shared;
  private static TestAuthority authority;
  private static SSLContext valid;

  @TempDir Path root;
  private GitWorld world;
  private GitWebServer server;
  private Path token;

  @BeforeAll
  static void createAuthority() throws IOException, GeneralSecurityException {
    authority = TestAuthority.create(shared);
    valid = authority.valid();
  }

  @BeforeEach
  void startServer() throws IOException {
    world = GitWorld.create(root);
    server = GitWebServer.https(root, valid).requiring("x-access-token:" + TOKEN);
    token = secret("token", TOKEN + "\n");
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  @Test
  void anUpgradeAndAVersionComeOverHttpsWithAToken() {
    Upstream upstream = new Upstream(server.url("/upstream"), credentials(token));

    Release release =
        world.fetch(
            world.plan(GitWorld.NEW, null, GitWorld.profile(upstream), UpgradeOptions.DEFAULTS));
    VersionInfo version = lookUp(upstream);

    assertThat(release.commit()).isEqualTo(world.commit(world.upstream, "v0.3.0"));
    assertThat(version.upstreamError()).isNull();
    assertThat(version.latestVersion()).isEqualTo("v0.3.0");
    assertThatNothingBelowHolds(world.paths.mirrors(), TOKEN);
  }

  @Test
  void aTokenFileMayHoldAUserAndAPassword() throws IOException {
    server.requiring("bob:pass:word");
    Path file = secret("login", "bob:pass:word");

    assertThat(mirror(file).fetch(Cancellation.NEVER).tags()).hasSize(2);
  }

  @Test
  void aTokenThatWasReplacedIsReadAnew() throws IOException {
    Mirror mirror = mirror(secret("token", "old"));
    assertRefused(mirror, failure -> assertThat(failure.getMessage()).contains("refuses"));

    secret("token", TOKEN);
    assertThat(mirror.fetch(Cancellation.NEVER).tags()).hasSize(2);
  }

  @Test
  void aWrongTokenIsTriedOnceAndItsFileNamed() throws IOException {
    Path wrong = secret("wrong", "wr0ng-t0ken");

    assertRefused(
        mirror(wrong),
        failure -> {
          assertThat(failure.getMessage()).contains("it refuses the token in " + wrong);
          assertThat(failure.evidence()).isEqualTo("HTTP status 401");
          assertThat(failure.advice()).contains("Put a valid token into " + wrong);
        });
    assertThat(server.authorizations).filteredOn(header -> !header.isEmpty()).hasSize(1);
  }

  @Test
  void theReasonIsToldWithTheVersionToo() throws IOException {
    Upstream upstream = new Upstream(server.url("/upstream"), credentials(secret("wrong", "x")));

    assertThat(lookUp(upstream).upstreamError()).contains("it refuses the token in");
  }

  @Test
  void aServerThatWantsALoginIsToldWhenNoneIsGiven() {
    Credentials trustOnly = new Credentials(null, null, null, authority.certificate().toString());

    assertRefused(
        mirror("/upstream", trustOnly),
        failure -> {
          assertThat(failure.getMessage()).contains("it asks for a login, and none is given");
          assertThat(failure.advice()).contains("token_file");
        });
  }

  @Test
  void aTokenThatMayNotReadIsTold() {
    server.refusing(403);

    assertRefused(
        mirror(token),
        failure -> {
          assertThat(failure.getMessage()).contains("the token in " + token + " may not read");
          assertThat(failure.advice()).contains("Allow it to read");
        });
  }

  @Test
  void aRepositoryThatIsNotThereOrMayNotBeSeenIsTold() {
    assertRefused(
        mirror("/nothing.git", credentials(token)),
        failure -> {
          assertThat(failure.getMessage()).contains("there is no such repository, or the token");
          assertThat(failure.advice()).contains("upstream.url", "may not read");
        });
  }

  @Test
  void aServerThatIsBusyIsAskedAgain() {
    server.unavailableFor(2);

    assertThat(mirror(token).fetch(Cancellation.NEVER).tags()).hasSize(2);
  }

  @Test
  void anExpiredCertificateIsTold() throws IOException, GeneralSecurityException {
    try (GitWebServer expired = GitWebServer.https(root, authority.expired())) {
      assertRefused(
          mirrorOf(expired.url("/upstream"), credentials(token)),
          failure -> {
            assertThat(failure.getMessage()).contains("its certificate has expired");
            assertThat(failure.evidence()).contains("NotAfter");
            assertThat(failure.advice()).contains("renewed", "clock");
          });
      assertThat(expired.authorizations).isEmpty();
    }
  }

  @Test
  void aCertificateOfAnUnknownAuthorityIsToldWithTheSettingForIt() {
    assertRefused(
        mirror("/upstream", new Credentials(token.toString(), null, null, null)),
        failure -> {
          assertThat(failure.getMessage()).contains("an authority that this host does not know");
          assertThat(failure.advice()).contains("upstream.credentials.ca_file");
        });
    assertThat(server.authorizations).isEmpty();
  }

  @Test
  void aCertificateOfAnotherAuthorityThanTheNamedOneIsTold() throws IOException {
    Path other = TestAuthority.create(root.resolve("other")).certificate();

    assertRefused(
        mirror("/upstream", new Credentials(token.toString(), null, null, other.toString())),
        failure ->
            assertThat(failure.getMessage()).contains("not signed by an authority in " + other));
  }

  @Test
  void aCertificateOfAnotherHostIsTold() throws IOException, GeneralSecurityException {
    try (GitWebServer another = GitWebServer.https(root, authority.ofAnotherHost())) {
      assertRefused(
          mirrorOf(another.url("/upstream"), credentials(token)),
          failure ->
              assertThat(failure.getMessage())
                  .contains("its certificate is not one for 127.0.0.1"));
    }
  }

  @Test
  void aFileWithoutCertificatesIsTold() throws IOException {
    Path empty = Files.writeString(root.resolve("empty.pem"), "");

    assertRefused(
        mirror("/upstream", new Credentials(token.toString(), null, null, empty.toString())),
        failure -> assertThat(failure.getMessage()).contains("ca_file " + empty + " has no"));
  }

  @Test
  void theTokenIsNotSentToWhereTheServerRedirects() throws IOException {
    try (GitWebServer other =
        GitWebServer.https(root, valid).requiring("x-access-token:" + TOKEN)) {
      // The same host with another port is another server, too.
      server.redirecting(other.url(""));

      assertRefused(
          mirror("/moved/upstream", credentials(token)),
          failure -> {
            assertThat(failure.getMessage())
                .contains("it redirects to " + other.url(""), "the login is not sent");
            assertThat(failure.advice()).contains("upstream.url");
          });
      assertThat(other.authorizations).isNotEmpty().allMatch(String::isEmpty);
    }
  }

  @Test
  void aRedirectWithinTheServerIsFollowedWithTheToken() {
    server.redirecting(server.url(""));

    assertThat(mirror("/moved/upstream", credentials(token)).fetch(Cancellation.NEVER).tags())
        .hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r--r--", "rw-r-----", "rw--w----"})
  void aTokenThatOthersMayReadOrWriteIsRefused(String mode) throws IOException {
    Files.setPosixFilePermissions(token, PosixFilePermissions.fromString(mode));

    assertRefused(
        mirror(token),
        failure -> {
          assertThat(failure.getMessage()).contains("may be read or written by others");
          assertThat(failure.advice()).contains("chmod 600 " + token);
        });
    assertThat(server.authorizations).isEmpty();
  }

  @Test
  void aTokenOfAnotherUserMayBeReadByItsGroup() throws IOException {
    assumeTrue(SshServer.isRoot(), "needs root, to give a file away");
    Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-r-----"));
    Files.setAttribute(token, "unix:uid", 65534);

    assertThat(mirror(token).fetch(Cancellation.NEVER).tags()).hasSize(2);
  }

  @Test
  void tokenFilesThatAreMissingEmptyOrLongAreTold() throws IOException {
    Path missing = root.resolve("missing");

    assertRefused(
        mirror(missing), failure -> assertThat(failure.getMessage()).contains("is not there"));
    assertRefused(
        mirror(secret("empty", "\n")),
        failure -> assertThat(failure.getMessage()).contains("is empty"));
    assertRefused(
        mirror(secret("long", TOKEN + "\nX-Other: header")),
        failure -> assertThat(failure.getMessage()).contains("more than one line"));
    assertRefused(mirror(root), failure -> assertThat(failure.getMessage()).contains("is no file"));
  }

  @Test
  void aServerThatAcceptsAndIsSilentIsGivenUp() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"))) {
      Mirror mirror =
          new Mirrors(root.resolve("mirrors"), Duration.ofSeconds(1))
              .of(
                  FetchSource.parse(
                      "https://127.0.0.1:" + silent.getLocalPort() + "/x.git",
                      root,
                      credentials(token)));

      assertRefused(
          mirror,
          failure -> assertThat(failure.getMessage()).contains("it does not answer in time"));
    }
  }

  @Test
  void aServerThatIsDownOrHasNoNameIsTold() {
    server.close();

    assertRefused(
        mirror(token),
        failure -> assertThat(failure.getMessage()).contains("nobody answers at its address"));
    assertRefused(
        mirrorOf("https://git.invalid/x.git", credentials(token)),
        failure ->
            assertThat(failure.getMessage()).contains("the name git.invalid cannot be resolved"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bob:" + TOKEN, TOKEN, TOKEN + ":x-oauth-basic"})
  void aLoginInTheCheckoutsOwnOriginWorksAndIsShownNowhere(String login) throws IOException {
    String required = login.contains(":") ? login : login + ":";
    try (GitWebServer plain = GitWebServer.http(root).requiring(required)) {
      String origin = plain.url("/upstream").replace("://", "://" + login + "@");
      world.git(world.checkout, "remote", "set-url", "origin", origin);
      UpgradePlan plan = world.plan(GitWorld.NEW, null);

      Release release = world.fetch(plan);
      assertThat(release.toString()).doesNotContain(TOKEN);
      assertThatNothingBelowHolds(world.paths.mirrors(), TOKEN);

      plain.requiring("bob:another");
      assertThat(lookUp(null).upstreamError())
          .contains("it refuses the login in the checkout's origin")
          .doesNotContain(TOKEN);
      assertThatThrownBy(() -> world.fetch(world.plan(null, null)))
          .isInstanceOfSatisfying(
              StepFailure.class,
              failure ->
                  assertThat(failure.getMessage() + failure.evidence() + failure.advice())
                      .contains("set-url origin")
                      .doesNotContain(TOKEN, "bob"));
    }
  }

  private VersionInfo lookUp(Upstream upstream) {
    return new LookUpVersion(world.mirrors, Clock.systemUTC(), GitWorld.PATIENCE)
        .lookUpVersion(new VersionRequest(world.tenant(), GitWorld.profile(upstream), null));
  }

  private Path secret(String name, String content) throws IOException {
    Path file = Files.writeString(root.resolve(name), content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return file;
  }

  private static Credentials credentials(Path tokenFile) {
    return new Credentials(tokenFile.toString(), null, null, authority.certificate().toString());
  }

  private Mirror mirror(Path tokenFile) {
    return mirror("/upstream", credentials(tokenFile));
  }

  private Mirror mirror(String path, Credentials credentials) {
    return mirrorOf(server.url(path), credentials);
  }

  private Mirror mirrorOf(String url, Credentials credentials) {
    return world.mirrors.of(FetchSource.parse(url, root, credentials));
  }

  private static void assertRefused(Mirror mirror, Consumer<StepFailure> how) {
    assertThatThrownBy(() -> mirror.fetch(Cancellation.NEVER))
        .isInstanceOfSatisfying(
            StepFailure.class,
            failure -> {
              assertThat(failure.kind()).isEqualTo(FailureKind.FETCH_UNREACHABLE);
              how.accept(failure);
              assertThat(failure.getMessage() + failure.evidence() + failure.advice())
                  .doesNotContain(TOKEN, "wr0ng-t0ken");
              assertThat(failure.getCause()).isNull();
            });
  }

  private static void assertThatNothingBelowHolds(Path directory, String secret) {
    String encoded =
        Base64.getEncoder().encodeToString(("bob:" + secret).getBytes(StandardCharsets.UTF_8));
    try (Stream<Path> files = Files.walk(directory)) {
      assertThat(files.filter(Files::isRegularFile))
          .isNotEmpty()
          .allSatisfy(
              file ->
                  assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                      .doesNotContain(secret, encoded));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
