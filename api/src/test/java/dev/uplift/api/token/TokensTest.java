package dev.uplift.api.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.api.registry.RegistryAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokensTest {
  private static final Duration DAY = Duration.ofDays(1);
  @TempDir private Path directory;

  private RegistryAddress database;

  @BeforeEach
  void choose() {
    database = registry();
  }

  RegistryAddress registry() {
    return RegistryAddress.file(directory.resolve("new/registry.db"));
  }

  /** All that is stored, as whoever steals it would see it. */
  String stored() throws Exception {
    return Files.readString(directory.resolve("new/registry.db"), StandardCharsets.ISO_8859_1);
  }

  @Test
  void theFirstTokenIsMadeInADatabaseThatIsNotThereYet() {
    String token = Tokens.create(database, "ada", Set.of(Scope.ADMIN, Scope.READ), DAY);

    assertThat(token).matches("uplift_[A-Za-z0-9_-]{43}");
    assertThat(Tokens.list(database))
        .singleElement()
        .satisfies(
            info -> {
              assertThat(info.name()).isEqualTo("ada");
              assertThat(info.scopes()).containsExactlyInAnyOrder(Scope.READ, Scope.ADMIN);
              assertThat(Duration.between(info.createdAt(), info.expiresAt())).isEqualTo(DAY);
            });
  }

  @Test
  void theDatabaseHoldsNoTokenThatCouldBeUsed() throws Exception {
    String token = Tokens.create(database, "ada", Set.of(Scope.READ), DAY);

    String secret = token.substring("uplift_".length());
    assertThat(stored()).contains("ada").doesNotContain(secret);
  }

  @Test
  void aRevokedTokenIsGone() {
    Tokens.create(database, "ada", Set.of(Scope.READ), DAY);

    assertThat(Tokens.revoke(database, "ada")).isTrue();
    assertThat(Tokens.revoke(database, "ada")).isFalse();
    assertThat(Tokens.list(database)).isEmpty();
  }

  @Test
  void aNameIsTakenOnce() {
    Tokens.create(database, "ada", Set.of(Scope.READ), DAY);

    assertThatThrownBy(() -> Tokens.create(database, "ada", Set.of(Scope.READ), DAY))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("there is a token named ada already");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-x", "a b", "a\nb", "a/b"})
  void aBadNameIsRefused(String name) {
    assertThatThrownBy(() -> Tokens.create(database, name, Set.of(Scope.READ), DAY))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aTokenWithoutScopeOrTimeIsRefused() {
    assertThatThrownBy(() -> Tokens.create(database, "a", Set.of(), DAY))
        .hasMessageContaining("needs a scope");
    assertThatThrownBy(() -> Tokens.create(database, "a", Set.of(Scope.READ), Duration.ZERO))
        .hasMessageContaining("valid for");
  }

  @Test
  void manyMayOpenANewDatabaseTogether() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      for (Future<String> made :
          threads.invokeAll(
              IntStream.range(0, 4)
                  .<Callable<String>>mapToObj(
                      i -> () -> Tokens.create(database, "t" + i, Set.of(Scope.READ), DAY))
                  .toList())) {
        assertThat(made.get()).startsWith("uplift_");
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(Tokens.list(database)).hasSize(4);
  }
}
