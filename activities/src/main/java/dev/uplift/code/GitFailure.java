package dev.uplift.code;

import dev.uplift.host.StepFailure;
import dev.uplift.upgrade.FailureKind;
import java.util.List;
import org.eclipse.jgit.errors.LockFailedException;

/** What an error of git or of the file system means to a person. */
final class GitFailure {
  private static final int SHOWN = 20;

  private GitFailure() {}

  static StepFailure of(String doing, Exception error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause.getMessage() != null && cause.getMessage().contains("No space left on device")) {
        return new StepFailure(
            FailureKind.DISK_FULL,
            "There is no space left for " + doing + ".",
            error.toString(),
            "Free space on this file system and start the upgrade again.",
            error);
      }
      if (cause instanceof LockFailedException locked) {
        return new StepFailure(
            FailureKind.DIRTY_CHECKOUT,
            "Another git process holds a lock in the repository.",
            locked.getFile() + ".lock",
            "Wait until it is done; if none runs, remove that file. Then start the upgrade again.",
            error);
      }
    }
    return new StepFailure(
        FailureKind.STEP_FAILED,
        "Git failed at " + doing + ".",
        error.toString(),
        "Run 'git fsck' in the repository, and look at the worker's log.",
        error);
  }

  /** A list for people: all of a short one, the beginning of a long one. */
  static String list(List<String> lines) {
    if (lines.size() <= SHOWN) {
      return String.join("\n", lines);
    }
    return String.join("\n", lines.subList(0, SHOWN))
        + "\n... and "
        + (lines.size() - SHOWN)
        + " more";
  }
}
