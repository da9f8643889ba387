package dev.uplift.journal;

import dev.uplift.host.StepFailure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.StepInput;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A journal that this worker cannot trust. Its tenant is for a person: nobody can know what was
 * done to it.
 */
public final class UnreadableJournal extends StepFailure {
  private static final long serialVersionUID = 1L;
  private final transient Path file;
  private final transient StepInput input;

  private UnreadableJournal(
      FailureKind kind,
      String message,
      String evidence,
      String advice,
      Path file,
      StepInput input) {
    super(kind, message, evidence, advice);
    this.file = file;
    this.input = input;
  }

  /**
   * @param input what the lines before told; null if even the first one tells nothing
   */
  static UnreadableJournal damaged(Path file, int line, String why, StepInput input) {
    return new UnreadableJournal(
        FailureKind.JOURNAL_UNREADABLE,
        "The journal " + file + " cannot be read from line " + line + " on.",
        why,
        "Nothing was deleted, and nothing is done with the tenant. Compare its checkout and its"
            + " database with the backups that are there, and release it with a reason.",
        file,
        input);
  }

  static UnreadableJournal newer(Path file, long version, int known) {
    return new UnreadableJournal(
        FailureKind.WORKER_OUTDATED,
        "The journal " + file + " was written by a newer worker, as its line 1 says.",
        "version " + version + " is there, " + known + " is known",
        "Update Uplift on this host: the newer worker goes on with it.",
        file,
        null);
  }

  public Path file() {
    return file;
  }

  /** What the upgrade was to do, as far as that could be read. */
  public Optional<StepInput> input() {
    return Optional.ofNullable(input);
  }
}
