package dev.uplift.journal;

import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Which of a tenant's successes is the last one. Pure. */
public final class NewestSuccess {
  private static final Comparator<JournalState> BY_CLOCK =
      Comparator.comparing(JournalState::writtenAt);

  private NewestSuccess() {}

  /**
   * Of those with a backup the one with the newest, whatever the clock said. One without any has
   * nothing but its time: if that is later it is the last one, so that nothing older is taken for
   * it.
   *
   * @param committed in any order
   * @param sequences of the backups that are there, by their upgrades
   */
  public static Optional<JournalState> of(
      Collection<JournalState> committed, Map<UUID, Long> sequences) {
    Optional<JournalState> withBackup =
        committed.stream()
            .filter(success -> sequences.containsKey(idOf(success)))
            .max(
                Comparator.<JournalState, Long>comparing(success -> sequences.get(idOf(success)))
                    .thenComparing(BY_CLOCK));
    Optional<JournalState> later =
        committed.stream()
            .filter(success -> !sequences.containsKey(idOf(success)))
            .filter(
                success ->
                    withBackup.isEmpty()
                        || success.writtenAt().isAfter(withBackup.get().writtenAt()))
            .max(BY_CLOCK);
    return later.or(() -> withBackup);
  }

  private static UUID idOf(JournalState success) {
    return success.input().plan().upgradeId();
  }
}
