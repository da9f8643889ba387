package dev.uplift.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class FaultPageTest {
  private static final FaultCase BACKUP =
      FaultCase.ofRow(19, "killed mid copy", Injection.KILL, "success");
  private static final FaultCase.Kind WORKER = new FaultCase.Kind("worker killed", Injection.KILL);

  @Test
  void faultsWithANameHaveALineEach() {
    assertThat(FaultPage.of(List.of(run(BACKUP, Verdict.AS_EXPECTED, "success, v0.3.0"))))
        .contains("| 19 | killed mid copy | kill | success | success, v0.3.0 | 1.5 |");
  }

  @Test
  void faultsAtRandomTimesAreCountedByWhatWasStruckAndByWhere() {
    String page =
        FaultPage.of(
            List.of(
                random(
                    1,
                    Verdict.AS_EXPECTED,
                    "success, v0.3.1, struck after 2.15 s in RUN_MIGRATIONS"),
                random(
                    2,
                    Verdict.AS_EXPECTED,
                    "success, v0.3.1, struck after 0.20 s outside the cutover"),
                random(
                    3,
                    Verdict.AS_EXPECTED,
                    "rolled_back, migration_failed, struck after 2.10 s in RUN_MIGRATIONS"),
                random(4, Verdict.WRONG, "success, but the database should be whole")));

    assertThat(page)
        .contains("| worker killed | 4 | 1 rolled_back, 2 success | 1 |")
        .contains("| in RUN_MIGRATIONS | 2 | 1 rolled_back, 1 success |")
        .contains("| outside the cutover | 1 | 1 success |");
  }

  private static FaultRun random(long seed, Verdict verdict, String seen) {
    return run(WORKER.atRandom("rolled_back or success", seed), verdict, seen);
  }

  private static FaultRun run(FaultCase of, Verdict verdict, String seen) {
    return new FaultRun(of, verdict, seen, 1_500, "abc", Instant.EPOCH);
  }
}
