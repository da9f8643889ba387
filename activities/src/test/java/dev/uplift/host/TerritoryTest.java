package dev.uplift.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TerritoryTest {
  @TempDir Path directory;
  private Path root;
  private Territory territory;

  @BeforeEach
  void make() throws IOException {
    root = Files.createDirectory(directory.resolve("srv"));
    territory =
        new Territory(
            new HostConfiguration(
                HostName.of("one"),
                directory.resolve("state"),
                List.of(root),
                null,
                null,
                0,
                null));
  }

  private static Tenant tenant(String host, Path path) {
    return new Tenant(
        Slug.of("acme"), "cbapp", HostName.of(host), path.toString(), null, Map.of(), Map.of());
  }

  private FailureKind refusal(Tenant tenant) {
    return catchThrowableOfType(StepFailure.class, () -> territory.require(tenant)).kind();
  }

  @Test
  void aTenantBelowARootOfThisHostMayBeTouched() throws IOException {
    Path acme = Files.createDirectory(root.resolve("acme"));
    assertThatCode(() -> territory.require(tenant("one", acme))).doesNotThrowAnyException();
  }

  @Test
  void aTenantOfAnotherHostMayNot() throws IOException {
    Path acme = Files.createDirectory(root.resolve("acme"));
    assertThat(refusal(tenant("two", acme))).isEqualTo(FailureKind.WRONG_HOST);
  }

  @Test
  void aTenantOutsideOfTheRootsMayNot() throws IOException {
    Path elsewhere = Files.createDirectory(directory.resolve("srv-of-others"));
    assertThat(refusal(tenant("one", elsewhere))).isEqualTo(FailureKind.WRONG_HOST);
  }

  @Test
  void aLinkThatLeadsOutOfTheRootsMayNot() throws IOException {
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    Path link = Files.createSymbolicLink(root.resolve("acme"), elsewhere);
    assertThat(refusal(tenant("one", link))).isEqualTo(FailureKind.WRONG_HOST);
  }

  @Test
  void aLinkBelowARootMayNotEvenIfItLeadsToAnotherTenantThere() throws IOException {
    Path real = Files.createDirectory(root.resolve("real"));
    Path link = Files.createSymbolicLink(root.resolve("acme"), real);
    Path inner = Files.createDirectories(real.resolve("inner"));
    Path through = link.resolve("inner");

    StepFailure failure =
        catchThrowableOfType(StepFailure.class, () -> territory.require(tenant("one", link)));

    assertThat(failure.kind()).isEqualTo(FailureKind.WRONG_HOST);
    assertThat(failure.getMessage()).contains("symbolic link");
    assertThat(failure.advice()).contains(real.toString());
    assertThat(refusal(tenant("one", through))).isEqualTo(FailureKind.WRONG_HOST);
    assertThatCode(() -> territory.require(tenant("one", inner))).doesNotThrowAnyException();
  }

  @Test
  void aRootMayBeReachedThroughALink() throws IOException {
    Path acme = Files.createDirectory(root.resolve("acme"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), root);
    Territory linked =
        new Territory(
            new HostConfiguration(
                HostName.of("one"),
                directory.resolve("state"),
                List.of(link),
                null,
                null,
                0,
                null));

    assertThatCode(() -> linked.require(tenant("one", link.resolve("acme"))))
        .doesNotThrowAnyException();
    assertThatCode(() -> linked.require(tenant("one", acme))).doesNotThrowAnyException();
  }

  @Test
  void aCheckoutOfAnotherUserMayNot() throws IOException {
    Path acme = Files.createDirectory(root.resolve("acme"));
    try {
      Files.setAttribute(acme, "unix:uid", 65_534);
    } catch (IOException notRoot) {
      assumeTrue(false, "only root can give files away");
    }
    assertThat(refusal(tenant("one", acme))).isEqualTo(FailureKind.WRONG_OWNER);
  }
}
