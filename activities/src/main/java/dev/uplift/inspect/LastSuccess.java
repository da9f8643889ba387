package dev.uplift.inspect;

import dev.uplift.database.BackUpDatabase;
import dev.uplift.database.KeptBackup;
import dev.uplift.host.StepFailure;
import dev.uplift.journal.JournalState;
import dev.uplift.journal.NewestSuccess;
import dev.uplift.profile.AppProfile;
import dev.uplift.release.CommitId;
import dev.uplift.release.Tag;
import dev.uplift.tenant.Slug;
import dev.uplift.upgrade.Deployed;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Operation;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/**
 * The last upgrade of a tenant that was a success, or rollback: what a rollback undoes. Pure: reads
 * nothing but the journals that it is given.
 *
 * @param before what the tenant had before it, and is to have again
 * @param tag of that
 * @param backup that it left
 * @param notes that it left
 */
record LastSuccess(
    UUID id,
    Operation operation,
    Deployed before,
    Tag tag,
    KeptBackup backup,
    Function<String, Optional<String>> notes) {

  /**
   * @param committed in any order
   * @param sequences of their backups, by their upgrades
   * @param unreadable when journals were last written that nobody can read
   * @param head the commit that the tenant is at
   * @throws StepFailure {@code nothing_to_roll_back}, with the reason
   */
  static LastSuccess of(
      Slug tenant,
      List<JournalState> committed,
      Map<UUID, Long> sequences,
      Map<String, Instant> unreadable,
      CommitId head) {
    JournalState last =
        NewestSuccess.of(committed, sequences)
            .orElseThrow(
                () ->
                    nothing(
                        "No successful upgrade of " + tenant + " is known on this host.",
                        unreadable.isEmpty() ? null : "cannot be read: " + unreadable.keySet()));
    List<String> later =
        unreadable.entrySet().stream()
            .filter(journal -> journal.getValue().isAfter(last.writtenAt()))
            .map(Map.Entry::getKey)
            .sorted()
            .toList();
    if (!later.isEmpty()) {
      throw nothing(
          "A later journal than that of the last known success cannot be read.",
          String.join("\n", later));
    }
    UUID id = last.input().plan().upgradeId();
    String what = last.input().plan().operation().code() + " " + id;
    if (!last.input().to().commit().equals(head)) {
      throw nothing(
          "The checkout is not at the release that the last " + what + " had left.",
          "it left "
              + last.input().to().tag()
              + " "
              + last.input().to().commit()
              + "\nHEAD: "
              + head);
    }
    Deployed before = last.input().from();
    if (before.tag() == null) {
      throw nothing(
          "Before the "
              + what
              + " "
              + tenant
              + " was at no release, but at "
              + before.version()
              + ".",
          before.commit().value());
    }
    KeptBackup backup =
        KeptBackup.of(last.note(BackUpDatabase.BEGUN))
            .orElseThrow(() -> nothing("The " + what + " was told to keep no backup.", null));
    return new LastSuccess(
        id, last.input().plan().operation(), before, before.tag(), backup, last::note);
  }

  /**
   * Refuses what somebody did not ask to be undone.
   *
   * @throws StepFailure {@code nothing_to_roll_back}
   */
  void requireIs(UUID asked) {
    if (!id.equals(asked)) {
      throw nothing(
          "The " + operation.code() + " to undo is not the last success any more.",
          "asked for: " + asked + "\nlast: " + id);
    }
  }

  /**
   * Refuses to bring back what the app's profile has come to say otherwise: turning back would not
   * know all that had been changed.
   *
   * @param now the profile of the deployed release
   * @throws StepFailure {@code profile_invalid}
   */
  void requireSameParts(AppProfile now) {
    AppProfile then = before.profile();
    boolean same =
        then.database().equals(now.database())
            && then.state().equals(now.state())
            && then.services().equals(now.services());
    if (!same) {
      throw new StepFailure(
          FailureKind.PROFILE_INVALID,
          "The app's profile names another database, state or services than it did for "
              + tag
              + ".",
          parts("then", then) + "\n" + parts("now", now),
          "Make these three what they were, and roll back then.");
    }
  }

  private static String parts(String when, AppProfile profile) {
    return when
        + ": database "
        + profile.database()
        + ", state "
        + profile.state()
        + ", services "
        + profile.services();
  }

  private static StepFailure nothing(String message, String evidence) {
    return new StepFailure(
        FailureKind.NOTHING_TO_ROLL_BACK,
        message,
        evidence,
        "Uplift takes a tenant back only from its last success, with the backup of that. A backup"
            + " that is there may be restored by hand.");
  }
}
