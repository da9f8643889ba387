package dev.uplift.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.uplift.upgrade.Deployed;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MachineTest {
  private static final String ONE = "4c1f9be3f3f54e66a5d8a3f0a2b1c0d9";
  private static final String OTHER = "4c1f9be3f3f54e66a5d8a3f0a2b1c0da";
  @TempDir Path directory;

  private Machine machine(String machineId, String state) throws IOException {
    Path file = Files.writeString(directory.resolve("machine-id"), machineId);
    return Machine.of(file, Files.createDirectories(directory.resolve(state)));
  }

  @Test
  void isToldByTheMachineAndByTheStateDirectory() throws IOException {
    Machine first = machine(ONE + "\n", "a");

    assertThat(machine(ONE, "a")).as("started again").isEqualTo(first);
    assertThat(machine(OTHER, "a")).as("another machine").isNotEqualTo(first);
    assertThat(machine(ONE, "b")).as("without the journals of the first").isNotEqualTo(first);
  }

  @Test
  void workersThatStartHereAtOnceAreOne() throws Exception {
    Path state = directory.resolve("fresh");
    Path file = Files.writeString(directory.resolve("machine-id"), ONE);
    CyclicBarrier together = new CyclicBarrier(8);
    ExecutorService workers = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Machine>> starts =
          Collections.nCopies(
              8,
              () -> {
                together.await(10, TimeUnit.SECONDS);
                return Machine.of(file, state);
              });
      Set<Machine> machines = new HashSet<>();
      for (Future<Machine> started : workers.invokeAll(starts)) {
        machines.add(started.get());
      }

      assertThat(machines).hasSize(1);
      assertThat(state)
          .isDirectoryContaining("glob:**/id")
          .isDirectoryNotContaining("glob:**/id.*");
    } finally {
      workers.shutdownNow();
    }
  }

  @Test
  void doesNotTellTheConfidentialId() throws IOException {
    String id = machine(ONE, "a").id();

    assertThat(id).matches("[0-9a-f]{8}");
    assertThat(ONE).doesNotContain(id);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "uninitialized\n"})
  void withoutAnIdOneIsMadeUpAndKept(String nothing) throws IOException {
    Machine first = machine(nothing, "a");

    assertThat(machine(nothing, "a")).isEqualTo(first);
    assertThat(machine(nothing, "b")).isNotEqualTo(first);
    Path missing = directory.resolve("missing");
    assertThat(Machine.of(missing, directory.resolve("a"))).isEqualTo(first);
  }

  @Test
  void aTenantThatWasInspectedElsewhereIsRefusedWithBothMachines() {
    Machine here = new Machine("0a1b2c3d");
    Deployed found = Plans.input().from();

    assertThatCode(() -> here.require(Plans.input().plan().tenant(), null))
        .doesNotThrowAnyException();
    assertThatCode(() -> here.require(Plans.input().plan().tenant(), found))
        .as("inspected by a worker that did not tell")
        .doesNotThrowAnyException();
    assertThatCode(() -> here.require(Plans.input().plan().tenant(), found.on("0a1b2c3d")))
        .doesNotThrowAnyException();
    StepFailure refused =
        catchThrowableOfType(
            StepFailure.class,
            () -> here.require(Plans.input().plan().tenant(), found.on("ffffffff")));
    assertThat(refused.kind()).isEqualTo(FailureKind.WRONG_HOST);
    assertThat(refused.evidence()).contains("0a1b2c3d", "ffffffff");
  }
}
