package dev.uplift.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteFileTest {
  private static final int LOOKS = 20_000;
  @TempDir Path directory;

  @Test
  void sidecarsMayComeAndGoWhileTheyAreLookedAt() throws Exception {
    SqliteFile file = new SqliteFile(directory.resolve("pocket.db"));
    AtomicBoolean over = new AtomicBoolean();
    CompletableFuture<Void> application =
        CompletableFuture.runAsync(
            () -> {
              while (!over.get()) {
                comeAndGo(file.wal());
                comeAndGo(file.rollbackJournal());
              }
            });
    try {
      for (int i = 0; i < LOOKS; i++) {
        assertThat(file.hasUnsettledSidecar()).isFalse();
        assertThat(file.walBytes()).isZero();
      }
    } finally {
      over.set(true);
    }
    application.get();
  }

  private static void comeAndGo(Path file) {
    try {
      Files.createFile(file);
      Files.delete(file);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
