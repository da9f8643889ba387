package dev.uplift.dependency;

import dev.uplift.host.StepContext;
import dev.uplift.host.StepFailure;
import dev.uplift.upgrade.FailureKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Where each dependency path of a release is to lead, as staging wrote it down: what is switched to
 * in cutover, and rehearsed with, is what was built, whatever changed on the host since.
 *
 * @param targets absolute targets by path in the checkout
 */
public record StagedSets(SortedMap<String, Path> targets) {
  private static final String NOTE = "dependencies.staged";

  /**
   * @throws StepFailure if nothing was staged, or a set is gone since
   */
  public static StagedSets of(StepContext context) {
    String note = context.notes().get(NOTE).orElseThrow(() -> gone("Nothing was staged."));
    SortedMap<String, Path> targets = new TreeMap<>();
    note.lines()
        .map(line -> line.split("\t", 2))
        .forEach(parts -> targets.put(parts[0], Path.of(parts[1])));
    Path sets = context.paths().sets();
    for (Path target : targets.values()) {
      Path set =
          target.startsWith(sets) ? sets.resolve(sets.relativize(target).getName(0)) : target;
      // What is no set is the tenant's own, and as whole as he left it.
      boolean there = target.startsWith(sets) ? SetStore.isComplete(set) : Files.isDirectory(set);
      if (!there) {
        throw gone("Incomplete or removed: " + set);
      }
    }
    return new StagedSets(targets);
  }

  static void note(Map<String, Path> targets, StepContext context) {
    context
        .notes()
        .put(
            NOTE,
            targets.entrySet().stream()
                .map(entry -> entry.getKey() + "\t" + entry.getValue())
                .collect(Collectors.joining("\n")));
  }

  private static StepFailure gone(String evidence) {
    return new StepFailure(
        FailureKind.STEP_FAILED,
        "The staged dependencies are not there any more.",
        evidence,
        "Start the upgrade again; it builds them anew.");
  }
}
