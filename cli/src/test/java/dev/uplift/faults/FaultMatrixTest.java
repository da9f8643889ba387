package dev.uplift.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class FaultMatrixTest {
  @Test
  void theRowsAreNumberedFromOneToFortyNine() {
    assertThat(FaultMatrix.ROWS)
        .extracting(FaultMatrix.Row::number)
        .containsExactlyElementsOf(IntStream.rangeClosed(1, 49).boxed().toList());
    assertThat(FaultMatrix.ROWS)
        .allSatisfy(row -> assertThat(row.injections()).as("%s", row).isNotEmpty())
        .allSatisfy(row -> assertThat(row.ends()).as("%s", row).isNotEmpty());
  }

  @Test
  void everyRowIsBroughtAboutInEachWayThatApplies() {
    assertThat(FaultMatrix.missing(FaultMatrix.cases())).isEmpty();
  }

  @Test
  void aRowThatHasCasesIsNotListedAsOneThatHasNone() {
    assertThat(FaultMatrix.cases())
        .extracting(FaultCase::row)
        .doesNotContainAnyElementsOf(FaultMatrix.WITHOUT_CASES.keySet());
  }

  @Test
  void noTwoCasesHaveOneId() {
    assertThat(FaultMatrix.cases()).extracting(FaultCase::id).doesNotHaveDuplicates();
  }

  @Test
  void everyCaseOfARowExpectsWhatTheRowAllows() {
    for (FaultCase of : FaultMatrix.cases()) {
      if (of.row() != null) {
        assertThat(FaultMatrix.row(of.row()).with(of.injection(), of.fault(), of.expected()))
            .isEqualTo(of);
      }
    }
    assertThatThrownBy(
            () -> FaultMatrix.row(42).with(Injection.FAILURE, "backup missing", "rolled_back"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aCaseIsAsExpectedIfItEndsInOneOfTheWaysThatAre() {
    assertThat(FaultMatrix.isAsExpected("rolled_back", "rolled_back, migration_failed")).isTrue();
    assertThat(FaultMatrix.isAsExpected("success or rolled_back", "success")).isTrue();
    assertThat(FaultMatrix.isAsExpected("rolled_back", "needs_attention")).isFalse();
    assertThat(FaultMatrix.isAsExpected("success", "lost")).isFalse();
    assertThat(FaultMatrix.isAsExpected("rejected, disk_full", "rejected, disk_full")).isTrue();
    assertThat(FaultMatrix.isAsExpected("rejected, disk_full", "rejected, unhealthy")).isFalse();
    assertThat(FaultMatrix.isAsExpected("rejected, rolled_back or success", "success")).isTrue();
  }

  @Test
  void everyClassThatTellsCasesIsAskedForThem() throws Exception {
    List<String> asked = FaultMatrix.CASES.stream().map(Class::getSimpleName).toList();
    try (Stream<Path> files = Files.list(Path.of("src/test/java/dev/uplift/faults"))) {
      List<String> tell = new ArrayList<>();
      for (Path file : files.filter(file -> file.toString().endsWith("FaultsIT.java")).toList()) {
        if (Files.readString(file).contains("static Stream<FaultCase> cases()")) {
          tell.add(file.getFileName().toString().replace(".java", ""));
        }
      }
      assertThat(tell).containsExactlyInAnyOrderElementsOf(asked);
    }
    for (Class<?> type : FaultMatrix.CASES) {
      Tag[] tags = type.getAnnotationsByType(Tag.class);
      assertThat(tags).as("%s", type).extracting(Tag::value).contains("faults");
    }
  }
}
