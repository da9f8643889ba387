package dev.uplift.faults;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** A case, and what brings it about. */
record Injected(FaultCase of, FaultCase.Body body) {

  static Stream<FaultCase> cases(List<Injected> all) {
    return all.stream().map(Injected::of);
  }

  /** A test for each, which the log runs and writes down. */
  static Stream<DynamicTest> tests(List<Injected> all) {
    return all.stream()
        .map(
            one ->
                DynamicTest.dynamicTest(
                    one.of().id(), () -> FaultLog.ofThisRun().run(one.of(), one.body())));
  }
}
