package dev.uplift.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class DiskNeedTest {
  private static final long MIB = 1L << 20;
  private final DiskNeed need = new DiskNeed(100 * MIB, 10 * MIB);

  @Test
  void placesOnOneFileSystemAreAddedUp() {
    assertThat(need.perFileSystem("/", "/", true)).isEqualTo(Map.of("/", (384 + 275) * MIB));
  }

  @Test
  void placesOnTwoFileSystemsAreNeededEach() {
    assertThat(need.perFileSystem("/srv", "/var", true))
        .isEqualTo(Map.of("/srv", 384 * MIB, "/var", 275 * MIB));
  }

  @Test
  void withoutARehearsalTheStateDirectoryNeedsRoomForTheJournal() {
    assertThat(need.perFileSystem("/srv", "/var", false))
        .isEqualTo(Map.of("/srv", 384 * MIB, "/var", MIB));
  }
}
