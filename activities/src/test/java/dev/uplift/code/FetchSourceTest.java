package dev.uplift.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.host.StepFailure;
import dev.uplift.profile.Credentials;
import dev.uplift.upgrade.FailureKind;
import java.nio.file.Files;
import java.nio.file.Path;
import org.eclipse.jgit.transport.CredentialItem;
import org.eclipse.jgit.transport.CredentialsProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
  void sshIsRefusedForNow(String url) {
    assertThatThrownBy(() -> FetchSource.parse(url, HERE, null))
        .isInstanceOfSatisfying(
            StepFailure.class,
            failure -> {
              assertThat(failure.kind()).isEqualTo(FailureKind.PROFILE_INVALID);
              assertThat(failure.getMessage()).contains("not supported yet");
            });
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
  void aTokenIsReadWhenItIsNeeded(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("token"), "t0ken\n");
    Credentials credentials = new Credentials(file.toString(), null, null);
    FetchSource source = FetchSource.parse("https://git.example.org/x", HERE, credentials);
    CredentialItem.Password password = new CredentialItem.Password();

    CredentialsProvider provider = source.credentialsProvider().orElseThrow();

    assertThat(provider.get(source.uri(), password)).isTrue();
    assertThat(new String(password.getValue())).isEqualTo("t0ken");
  }

  @Test
  void aTokenIsNeverSentInTheClear() {
    Credentials credentials = new Credentials("/etc/token", null, null);

    assertThatThrownBy(
            () ->
                FetchSource.parse("http://git.example.org/x", HERE, credentials)
                    .credentialsProvider())
        .hasMessage("A token is only sent over https.");
  }
}
