package dev.uplift.code;

import dev.uplift.host.StepFailure;
import dev.uplift.upgrade.FailureKind;
import java.util.ArrayList;
import java.util.List;

/**
 * What in a checkout differs from the commit it is at.
 *
 * @param changed tracked files that were changed, staged, removed or hidden from git
 * @param inTheWay untracked or ignored files where the other release has one
 * @param besideMigrations untracked files that a migration could run or import
 * @param stray other untracked files, which nothing touches
 */
public record Dirt(
    List<String> changed,
    List<String> inTheWay,
    List<String> besideMigrations,
    List<String> stray) {
  public Dirt {
    changed = List.copyOf(changed);
    inTheWay = List.copyOf(inTheWay);
    besideMigrations = List.copyOf(besideMigrations);
    stray = List.copyOf(stray);
  }

  /** Whether an upgrade would lose something, or run something that is in no release. */
  public boolean isDirty() {
    return !changed.isEmpty() || !inTheWay.isEmpty() || !besideMigrations.isEmpty();
  }

  /**
   * @throws StepFailure of kind {@code dirty_checkout} that lists everything
   */
  public void refuse() {
    if (!isDirty()) {
      return;
    }
    List<String> evidence = new ArrayList<>();
    add(evidence, "changed, but not committed:", changed);
    add(evidence, "not in git, but where the release has a file:", inTheWay);
    add(evidence, "not in git, but beside the migrations:", besideMigrations);
    throw new StepFailure(
        FailureKind.DIRTY_CHECKOUT,
        "The checkout holds work that is in no release.",
        String.join("\n", evidence),
        "Look at 'git status' in the checkout; commit, move away or discard what is listed, then try again.");
  }

  public List<String> warnings() {
    if (stray.isEmpty()) {
      return List.of();
    }
    String first = String.join(", ", stray.subList(0, Math.min(5, stray.size())));
    String more = stray.size() > 5 ? " and " + (stray.size() - 5) + " more" : "";
    return List.of("Files that are not in git stay as they are: " + first + more);
  }

  private static void add(List<String> evidence, String heading, List<String> paths) {
    if (!paths.isEmpty()) {
      evidence.add(heading + "\n" + GitFailure.list(paths));
    }
  }
}
