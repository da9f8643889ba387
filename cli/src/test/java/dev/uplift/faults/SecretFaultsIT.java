package dev.uplift.faults;

import static dev.uplift.faults.FaultCase.ofRow;
import static dev.uplift.faults.Injection.FAILURE;

import dev.uplift.scenario.PlantedSecretIT;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Secrets where a tenant and a profile have them. */
@Tag("faults")
class SecretFaultsIT {
  @TempDir static Path directory;

  private static final List<Injected> ALL =
      List.of(
          new Injected(
              ofRow(
                  49, "a login in a URL, a token in a file, a refusal of each", FAILURE, "success"),
              () -> {
                PlantedSecretIT.requireNowhere(directory);
                return "success, rolled_back and rejected, and neither secret is anywhere";
              }));

  static Stream<FaultCase> cases() {
    return Injected.cases(ALL);
  }

  @TestFactory
  Stream<DynamicTest> endsAsPromised() {
    return Injected.tests(ALL);
  }
}
