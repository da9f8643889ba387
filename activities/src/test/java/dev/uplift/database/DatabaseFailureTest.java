package dev.uplift.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.upgrade.FailureKind;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

class DatabaseFailureTest {
  private static final Path DATABASE = Path.of("/srv/acme/db/pocket.db");

  @ParameterizedTest
  @CsvSource({
    "SQLITE_FULL,          DISK_FULL,        false",
    "SQLITE_IOERR_SHMSIZE, DISK_FULL,        false",
    "SQLITE_IOERR_READ,    STEP_FAILED,      true",
    "SQLITE_CORRUPT,       DATABASE_CORRUPT, true",
    "SQLITE_BUSY,          STEP_FAILED,      false",
  })
  void whatSqliteSaysIsNamedAndADiskThatIsFullIsNoDamage(
      SQLiteErrorCode said, FailureKind kind, boolean damage) {
    SQLiteException thrown = new SQLiteException("told", said);

    assertThat(DatabaseFailure.of(thrown, DATABASE).kind()).isEqualTo(kind);
    assertThat(DatabaseFailure.isDamage(thrown)).isEqualTo(damage);
  }
}
