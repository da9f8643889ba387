package dev.uplift.upgrade;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What went wrong, as a person would sort it. */
public enum FailureKind {
  MISSING_DEPENDENCY,
  MIGRATION_FAILED,
  MIGRATION_TIMEOUT,
  SCHEMA_WRONG,
  PORT_CONFLICT,
  FETCH_UNREACHABLE,
  TAG_MISSING,
  TAG_MOVED,
  DOWNGRADE,
  DIRTY_CHECKOUT,
  DISK_FULL,
  DATABASE_CORRUPT,
  WRONG_OWNER,
  UNIT_MISSING,
  UNHEALTHY,
  CRASH_LOOP,
  START_FAILED,
  STOP_FAILED,
  HOST_UNREACHABLE,
  WRONG_HOST,
  WORKER_OUTDATED,
  CANCELLED,
  /** Another upgrade of this tenant is open on the host, or the tenant is held. */
  BUSY,
  /**
   * The database backup is missing or differs from its manifest, so nothing is restored from it.
   */
  BACKUP_ALTERED,
  /** There is no upgrade that could be rolled back, or not all that it takes. */
  NOTHING_TO_ROLL_BACK,
  /** The host's journal is damaged: nobody can know what was done to the tenant, so it is held. */
  JOURNAL_UNREADABLE,
  /** There is no hold to end, or another one than was meant. */
  NOT_HELD,
  /** The profile cannot be applied to this tenant or release. */
  PROFILE_INVALID,
  /** The host lacks what {@code uplift host prepare} makes: guards, or the right to stop units. */
  HOST_UNPREPARED,
  /** The host turned back by itself, because nobody had spoken to it for too long. */
  TURNED_BACK,
  /** Its migrations were to be rehearsed, and cannot be. */
  NOT_REHEARSED,
  /** None of the others: the message and the evidence are all there is. */
  STEP_FAILED;

  @JsonValue
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  @JsonCreator
  public static FailureKind of(String code) {
    return valueOf(code.toUpperCase(Locale.ROOT));
  }
}
