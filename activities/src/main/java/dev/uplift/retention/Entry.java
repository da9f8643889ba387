package dev.uplift.retention;

import dev.uplift.backup.StoredItem;
import java.io.IOException;

/**
 * Something that is there, with what is decided by, what a person is told of it and how it is
 * deleted.
 *
 * @param shown without the verdict
 */
record Entry(Item item, StoredItem shown, Deletion deletion) {

  /** Says whether it is gone now; it is not, if it is not what was listed any more. */
  interface Deletion {
    boolean run() throws IOException;
  }

  StoredItem told(Verdict verdict, boolean deleted, String problem) {
    return new StoredItem(
        shown.kind(),
        shown.name(),
        shown.path(),
        shown.createdAt(),
        shown.bytes(),
        shown.version(),
        shown.upgradeId(),
        shown.state(),
        problem == null ? shown.problem() : problem,
        shown.verifiedAt(),
        shown.warnings(),
        verdict.keep(),
        verdict.reason(),
        deleted);
  }
}
