package dev.uplift.proof;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * Shows that a check can fail: the real code passes it, and each of some deliberately wrong
 * variants, which exist in tests only, is caught by the very same check.
 *
 * @param <T> what there are variants of
 */
public final class Proof<T> {

  /** Throws an {@link AssertionError} if the variant does not keep the promise. */
  public interface Check<T> {
    /**
     * @param directory an empty one, for this variant alone
     */
    void of(T variant, Path directory) throws Exception;
  }

  private final Path directory;
  private final String row;
  private final Check<T> check;
  private final List<DynamicTest> tests = new ArrayList<>();

  private Proof(Path directory, String row, Check<T> check) {
    this.directory = directory;
    this.row = row;
    this.check = check;
  }

  /**
   * @param row of the fault matrix
   */
  public static <T> Proof<T> ofRow(int row, Path directory, Check<T> check) {
    return new Proof<>(directory, "row " + row + ": ", check);
  }

  public Proof<T> passes(T real) {
    String name = row + "the real one passes";
    tests.add(DynamicTest.dynamicTest(name, () -> check.of(real, empty())));
    return this;
  }

  /**
   * @param what is wrong with the variant
   * @param sees a part of what the check says: it is to be caught for what is wrong with it
   */
  public Proof<T> catches(String what, T wrong, String sees) {
    // Not just any exception: a variant that does not work at all would prove nothing.
    tests.add(
        DynamicTest.dynamicTest(
            row + what + " is caught",
            () ->
                assertThatThrownBy(() -> check.of(wrong, empty()))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining(sees)));
    return this;
  }

  public Stream<DynamicTest> tests() {
    return tests.stream();
  }

  private Path empty() throws Exception {
    return Files.createTempDirectory(directory, "proof").toRealPath();
  }
}
