package dev.uplift.rollout;

import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Step;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * By what two tenants are known to have failed for the same reason: the step, the kind and the
 * message without what differs from tenant to tenant.
 */
public record Signature(String step, FailureKind kind, String message) {
  /** What says something of one tenant or one host, and nothing of the release. */
  private static final Set<FailureKind> OF_ONE_TENANT =
      EnumSet.of(
          FailureKind.HOST_UNREACHABLE,
          FailureKind.BUSY,
          FailureKind.CANCELLED,
          FailureKind.TURNED_BACK,
          FailureKind.DIRTY_CHECKOUT,
          FailureKind.DISK_FULL,
          FailureKind.DATABASE_CORRUPT,
          FailureKind.WRONG_OWNER,
          FailureKind.WRONG_HOST,
          FailureKind.UNIT_MISSING,
          FailureKind.HOST_UNPREPARED,
          FailureKind.WORKER_OUTDATED,
          FailureKind.BACKUP_ALTERED,
          FailureKind.JOURNAL_UNREADABLE,
          FailureKind.DOWNGRADE,
          // Of one app's upstream: tenants of others have theirs.
          FailureKind.TAG_MISSING);

  private static final Pattern PATH = Pattern.compile("(?<![\\w.])/[^\\s'\",;:]+");
  private static final Pattern ID =
      Pattern.compile("\\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\b|\\b[0-9a-f]{7,40}\\b");
  private static final Pattern NUMBER = Pattern.compile("\\d+");

  /**
   * Empty if such a failure says nothing of the other tenants.
   *
   * @param tenant whose name does not make a difference
   */
  public static Optional<Signature> of(String tenant, Failure failure) {
    if (failure == null || OF_ONE_TENANT.contains(failure.kind()) || isIllAlready(failure)) {
      return Optional.empty();
    }
    String message = failure.message() == null ? "" : failure.message();
    message = PATH.matcher(message).replaceAll("<path>");
    message = message.replaceAll("(?<![\\w-])" + Pattern.quote(tenant) + "(?![\\w])", "<tenant>");
    message = ID.matcher(message).replaceAll("<id>");
    message = NUMBER.matcher(message).replaceAll("<n>");
    return Optional.of(new Signature(failure.step(), failure.kind(), message));
  }

  /** Before the release could have anything to do with it. */
  private static boolean isIllAlready(Failure failure) {
    return failure.kind() == FailureKind.UNHEALTHY
        && Step.INSPECT_TENANT.activity().equals(failure.step());
  }

  @Override
  public String toString() {
    return step + ", " + kind.code() + ": " + message;
  }
}
