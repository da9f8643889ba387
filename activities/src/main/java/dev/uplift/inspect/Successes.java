package dev.uplift.inspect;

import dev.uplift.code.Checkout;
import dev.uplift.database.BackUpDatabase;
import dev.uplift.database.CompletedBackup;
import dev.uplift.host.StepFailure;
import dev.uplift.journal.Journal;
import dev.uplift.journal.JournalState;
import dev.uplift.journal.Journals;
import dev.uplift.tenant.Tenant;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Finds in the journals of a host what could be rolled back. */
public final class Successes {
  private final Journals journals;

  public Successes(Journals journals) {
    this.journals = journals;
  }

  /**
   * @param self the rollback that asks; null if it was not started yet
   * @throws StepFailure {@code busy} if an upgrade of the tenant is not over, {@code
   *     nothing_to_roll_back} if there is none to undo
   */
  LastSuccess lastOf(Tenant tenant, UUID self) {
    for (Journal open : journals.unsettled(tenant.id())) {
      if (!open.state().input().plan().upgradeId().equals(self)) {
        throw open.busy();
      }
    }
    Map<String, Instant> unreadable = new HashMap<>();
    List<JournalState> committed =
        journals
            .committed(tenant.id(), file -> unreadable.put(file.toString(), writtenAt(file)))
            .stream()
            .map(Journal::state)
            .toList();
    try (Checkout checkout = Checkout.open(Path.of(tenant.path()))) {
      return LastSuccess.of(
          tenant.id(), committed, sequences(committed), unreadable, checkout.head());
    }
  }

  private static Map<UUID, Long> sequences(List<JournalState> committed) {
    Map<UUID, Long> sequences = new HashMap<>();
    for (JournalState success : committed) {
      UUID id = success.input().plan().upgradeId();
      CompletedBackup.of(success.note(BackUpDatabase.BEGUN))
          .flatMap(backup -> backup.sequence(id))
          .ifPresent(sequence -> sequences.put(id, sequence));
    }
    return sequences;
  }

  private static Instant writtenAt(Path file) {
    try {
      return Files.getLastModifiedTime(file).toInstant();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
