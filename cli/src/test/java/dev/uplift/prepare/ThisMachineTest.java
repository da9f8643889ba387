package dev.uplift.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.tenant.HostName;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ThisMachineTest {
  @TempDir private Path directory;

  @Test
  void theNameInTheFleetIsThatOfTheWorker() throws Exception {
    Path settings = directory.resolve("uplift-worker.yml");
    Files.writeString(settings, "uplift: {host: {name: web-7}}\n");

    assertThat(ThisMachine.nameIn(settings)).contains(new HostName("web-7"));
  }

  @Test
  void aMachineWithoutTenantsOrSettingsHasNoSuchName() throws Exception {
    Path settings = directory.resolve("uplift-worker.yml");
    assertThat(ThisMachine.nameIn(settings)).isEmpty();

    Files.writeString(settings, "uplift: {roles: [workflows]}\n");
    assertThat(ThisMachine.nameIn(settings)).isEmpty();
  }

  @Test
  void whatAHostIsPreparedAsIsWhatItIsCalled() throws Exception {
    assertThat(Machine.name()).isEqualTo(ThisMachine.name().value());
  }
}
