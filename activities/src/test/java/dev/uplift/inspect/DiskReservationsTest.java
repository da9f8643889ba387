package dev.uplift.inspect;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.database.DiskNeed;
import dev.uplift.host.StepFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskReservationsTest {
  @TempDir private Path directory;
  private final DiskReservations room = new DiskReservations(0, upgrade -> true);
  private DiskNeed mostOfIt;

  @BeforeEach
  void measure() throws IOException {
    long usableBytes = Files.getFileStore(directory).getUsableSpace();
    // Thrice the database is needed beside it.
    mostOfIt = new DiskNeed(usableBytes / 5, 0);
  }

  @Test
  void twoUpgradesThatWouldEachFitDoNotFitTogether() {
    reserve(room);

    assertThatThrownBy(() -> reserve(room))
        .isInstanceOf(StepFailure.class)
        .hasMessageContaining("not enough room");
  }

  @Test
  void whoeverOnlyAsksTakesNoneOfIt() {
    DiskReservations asked = room.withoutTakingRoom();

    reserve(asked);
    reserve(asked);

    assertThatCode(() -> reserve(room)).doesNotThrowAnyException();
  }

  @Test
  void whoeverOnlyAsksSeesWhatOthersHaveTaken() {
    reserve(room);

    assertThatThrownBy(() -> reserve(room.withoutTakingRoom())).isInstanceOf(StepFailure.class);
  }

  @Test
  void whatIsGivenBackIsThereForOthers() {
    UUID rehearsal = reserve(room);

    room.giveBack(rehearsal);

    assertThatCode(() -> reserve(room)).doesNotThrowAnyException();
  }

  private UUID reserve(DiskReservations reservations) {
    UUID upgrade = UUID.randomUUID();
    reservations.reserve(upgrade, mostOfIt, directory, directory, false);
    return upgrade;
  }
}
