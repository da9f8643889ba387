package dev.uplift.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FaultLogTest {
  private static final FaultCase BACKUP =
      FaultCase.ofRow(19, "killed mid copy", Injection.KILL, "success");
  private static final FaultCase RESTORE =
      FaultCase.ofRow(42, "backup missing", Injection.FAILURE, "needs_attention");
  @TempDir Path directory;
  private final List<String> injected = new ArrayList<>();

  @Test
  void whatEndedAsExpectedIsNotRunAgainByAnInterruptedRun() throws Exception {
    log("abc").run(BACKUP, () -> inject("success"));
    log("abc").run(BACKUP, () -> inject("success"));
    log("abc").run(RESTORE, () -> inject("needs_attention"));

    assertThat(injected).containsExactly("success", "needs_attention");
    assertThat(FaultLog.read(file())).extracting(FaultRun::of).containsExactly(BACKUP, RESTORE);
  }

  @Test
  void whatWentWrongIsWrittenDownAndRunAgain() throws Exception {
    assertThatThrownBy(
            () ->
                log("abc")
                    .run(
                        BACKUP,
                        () -> {
                          throw new AssertionError("torn");
                        }))
        .hasMessage("torn");
    assertThat(FaultLog.read(file())).extracting(FaultRun::verdict).containsExactly(Verdict.WRONG);

    FaultLog again = log("abc");
    again.run(BACKUP, () -> inject("success"));
    assertThat(again.runs()).extracting(FaultRun::verdict).containsExactly(Verdict.AS_EXPECTED);
    assertThat(FaultLog.summary(again.runs()))
        .isEqualTo(
            "Faults: 1 run, 1 as expected, 0 wrong, 0 not run here; 0 of them at random times");
  }

  @Test
  void anotherEndThanTheExpectedOneIsWrong() throws Exception {
    assertThatThrownBy(() -> log("abc").run(BACKUP, () -> inject("rolled_back, disk_full")))
        .hasMessage("rolled_back, disk_full");
    assertThat(FaultLog.read(file())).extracting(FaultRun::verdict).containsExactly(Verdict.WRONG);
  }

  @Test
  void anotherCommitsRunsSayNothingOfThisOne() throws Exception {
    log("abc").run(BACKUP, () -> inject("success"));
    log("def").run(BACKUP, () -> inject("success"));
    assertThat(injected).hasSize(2);
    assertThat(log("def").runs()).extracting(FaultRun::commit).containsExactly("def");
  }

  @Test
  void aLineThatWasCutOffDoesNotCount() throws Exception {
    log("abc").run(BACKUP, () -> inject("success"));
    Files.writeString(file(), "{\"of\":{\"id\":\"row 42", StandardOpenOption.APPEND);
    log("abc").run(RESTORE, () -> inject("needs_attention"));
    assertThat(FaultLog.read(file())).extracting(FaultRun::of).contains(BACKUP, RESTORE);
  }

  private FaultLog log(String commit) throws Exception {
    return new FaultLog(file(), commit);
  }

  private Path file() {
    return directory.resolve("faults.jsonl");
  }

  private String inject(String seen) {
    injected.add(seen);
    return seen;
  }
}
