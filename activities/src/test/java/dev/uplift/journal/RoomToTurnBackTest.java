package dev.uplift.journal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.journal.JournalState.Phase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RoomToTurnBackTest {
  @TempDir Path directory;
  private Path journal;
  private RoomToTurnBack room;

  @BeforeEach
  void openJournal() {
    journal = directory.resolve("upgrade.jsonl");
    room = new RoomToTurnBack(journal);
  }

  @Test
  void itIsReallyTakenWhileTheUpgradeGoesForward() throws IOException {
    room.in(Phase.FORWARD);
    room.in(Phase.FORWARD);

    Path kept = directory.resolve("upgrade.jsonl.room");
    long bytesOnDisk = 512 * blocks(kept);
    assertThat(bytesOnDisk).as("no hole").isGreaterThanOrEqualTo(Files.size(kept));
    assertThat(Files.size(kept)).isGreaterThanOrEqualTo(64 * 1024);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FORWARD")
  void itIsGivenUpForWhateverComesAfterwards(Phase phase) {
    room.in(Phase.FORWARD);
    room.in(phase);
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void withoutItNothingIsBegun() {
    RoomToTurnBack nowhere = new RoomToTurnBack(directory.resolve("absent").resolve("j.jsonl"));
    assertThatThrownBy(() -> nowhere.in(Phase.FORWARD)).isInstanceOf(UncheckedIOException.class);
  }

  private static long blocks(Path file) throws IOException {
    Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
    return Long.parseLong(new String(stat.getInputStream().readAllBytes(), UTF_8).strip());
  }
}
