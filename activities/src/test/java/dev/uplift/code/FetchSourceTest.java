package dev.uplift.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.host.StepFailure;
import dev.uplift.profile.Credentials;
import dev.uplift.upgrade.FailureKind;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FetchSourceTest {
  private static final Path HERE = Path.of("/srv/acme");

  @Test
  void whatIsShownHasNoUserPasswordOrQuery() {
    FetchSource source =
        FetchSource.parse("https://bob:s3cr3t@git.example.org/x.git?token=abcd", HERE, null);

    assertThat(source.shown()).isEqualTo("https://git.example.org/x.git");
    assertThat(source.scrub("https://bob@git.example.org/x.git?token=abcd: s3cr3t is wrong"))
        .isEqualTo("https://git.example.org/x.git *** is wrong");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ssh://git@git.example.org/x.git", "git@git.example.org:x.git", "git+ssh://h/x"})
  void sshWithoutAKeyOfItsOwnIsRefused(String url) {
    assertThatThrownBy(() -> FetchSource.parse(url, HERE, null))
        .isInstanceOfSatisfying(
            StepFailure.class,
            failure -> {
              assertThat(failure.kind()).isEqualTo(FailureKind.PROFILE_INVALID);
              assertThat(failure.getMessage()).contains("names no key");
              assertThat(failure.advice()).contains("ssh_key", "known_hosts");
            });
  }

  @Test
  void overSshTheUserIsPartOfTheAddressButNotShown() {
    Credentials credentials = new Credentials(null, "/etc/key", "/etc/hosts_known", null);

    FetchSource url = FetchSource.parse("ssh://git:pw@git.example.org:2222/x", HERE, credentials);
    assertThat(url.uri().getUser()).isEqualTo("git");
    assertThat(url.uri().getPass()).isNull();
    assertThat(url.shown()).isEqualTo("ssh://git.example.org:2222/x");
    assertThat(url.tryByHand())
        .isEqualTo(
            "ssh -T -F none -o IdentitiesOnly=yes -i /etc/key"
                + " -o UserKnownHostsFile=/etc/hosts_known -p 2222 -l git git.example.org");

    FetchSource scp = FetchSource.parse("git@git.example.org:team/x.git", HERE, credentials);
    assertThat(scp.uri().getHost()).isEqualTo("git.example.org");
    assertThat(scp.shown()).isEqualTo("git.example.org:team/x.git");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ftp://git.example.org/x", "amazon-s3://k@b/x", "ext::sh -c touch%20x"})
  void otherTransportsAreRefused(String url) {
    assertThatThrownBy(() -> FetchSource.parse(url, HERE, null)).isInstanceOf(StepFailure.class);
  }

  @Test
  void pathsAreRelativeToTheCheckout() {
    assertThat(FetchSource.parse("../upstream", HERE, null).shown()).isEqualTo("/srv/upstream");
    assertThat(FetchSource.parse("/x/y z.git", HERE, null).shown()).isEqualTo("/x/y z.git");
    assertThat(FetchSource.parse("file:///x.git", HERE, null).shown()).isEqualTo("file:///x.git");
  }

  @Test
  void aLoginInTheUrlIsTakenOutOfIt() {
    FetchSource source = FetchSource.parse("https://bob:s3cr3t@git.example.org/x.git", HERE, null);

    assertThat(source.uri().toPrivateString()).isEqualTo("https://git.example.org/x.git");
    assertThat(source.login()).isEqualTo(new Login("bob", "s3cr3t"));
    assertThat(source.toString()).doesNotContain("bob", "s3cr3t");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://bob:s3cr3t@git example org/x",
        "https://bob:s3/cr3t@git.example.org/x",
        "https://bob:s3cr3t@",
        "https:// bob:s3cr3t@git.example.org/x"
      })
  void aUrlThatCannotBeReadIsNotRepeated(String url) {
    String shown;
    try {
      FetchSource source = FetchSource.parse(url, HERE, null);
      shown = source.shown() + source + source.uri();
    } catch (StepFailure refused) {
      shown = refused.getMessage() + refused.evidence() + refused.advice();
    }
    assertThat(shown).doesNotContain("s3cr3t", "cr3t", "bob");
  }

  @Test
  void aTokenFileHoldsATokenOrUserAndPassword() {
    assertThat(Login.ofTokenFile("t0ken")).isEqualTo(new Login("x-access-token", "t0ken"));
    assertThat(Login.ofTokenFile("bob:a:b")).isEqualTo(new Login("bob", "a:b"));
  }

  @Test
  void differentCredentialsMakeDifferentSources() {
    String url = "https://git.example.org/x";
    Credentials one = new Credentials("/etc/one", null, null, null);
    Credentials other = new Credentials("/etc/other", null, null, null);

    assertThat(FetchSource.parse(url, HERE, one).identity())
        .isNotEqualTo(FetchSource.parse(url, HERE, other).identity())
        .isNotEqualTo(FetchSource.parse(url, HERE, null).identity());
  }
}
