package dev.uplift.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.proof.Strace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskFullIT {
  private static final String BACKUP = "pocket.db.backup_20251211_225756";
  @TempDir Path directory;
  private StoppedTenant tenant;

  @BeforeEach
  void createTenant() throws Exception {
    Strace.assumeThere();
    tenant = StoppedTenant.create(directory.resolve("home"), JournalMode.WAL);
  }

  @Test
  void aBackupThatFindsNoRoomSaysSoAndLeavesNoFile() throws Exception {
    String before = tenant.identity();

    runWithoutRoomFor("backUp", BACKUP + ".tmp");

    assertThat(tenant.filesBeside()).containsExactly("pocket.db");
    tenant.restore();
    assertThat(tenant.identity()).isEqualTo(before);
  }

  @Test
  void aRestoreThatFindsNoRoomSaysSoAndLeavesTheFailedDatabase() throws Exception {
    String before = tenant.backUp().facts().fingerprint();
    tenant.sql("UPDATE person SET name='migrated'");

    runWithoutRoomFor("restore", BACKUP + ".restoring");

    assertThat(tenant.filesBeside()).isEqualTo(List.of("pocket.db", BACKUP, BACKUP + ".json"));
    assertThat(tenant.ask("SELECT count(*) FROM person WHERE name='migrated'")).isEqualTo("1000");
    tenant.restore();
    assertThat(tenant.identity()).isEqualTo(before);
  }

  @Test
  void aReinstatementThatFindsNoRoomSaysSoAndLeavesTheLaterDatabase() throws Exception {
    RolledBackTenant upgraded =
        RolledBackTenant.create(directory.resolve("upgraded"), JournalMode.WAL);
    tenant = upgraded.stopped();
    String later = tenant.identity();

    runWithoutRoomFor("reinstate", BACKUP + ".restoring");

    assertThat(tenant.filesBeside()).doesNotContain(BACKUP + ".restoring");
    assertThat(tenant.ask("SELECT count(*) FROM person WHERE name='late'")).isEqualTo("1");
    tenant.restore();
    assertThat(tenant.identity()).isEqualTo(later);
  }

  private void runWithoutRoomFor(String step, String file)
      throws IOException, InterruptedException {
    Path full = tenant.database().resolveSibling(file);
    String calls = "write,pwrite64,writev,pwritev";
    int exitCode =
        Strace.run(
            StepProcess.class,
            List.of(step, tenant.home.toString()),
            directory.resolve("strace.log"),
            "-P",
            full.toString(),
            "-e",
            "trace=" + calls,
            "-e",
            "inject=" + calls + ":error=ENOSPC");
    assertThat(exitCode).isEqualTo(StepProcess.STEP_FAILED);
    assertThat(Files.readString(directory.resolve("output.log"))).contains("disk_full");
  }
}
