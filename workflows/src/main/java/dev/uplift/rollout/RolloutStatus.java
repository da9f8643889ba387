package dev.uplift.rollout;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How a rollout is, and how it ended. */
public enum RolloutStatus {
  RUNNING,
  /** What would become of each tenant is being found out; all serve. */
  REHEARSING,
  /** A person wants nothing to be started for now. */
  PAUSED,
  /** A wave is done, and a person has to say that the next one may begin. */
  WAITING_FOR_APPROVAL,
  /** A wave is done and is watched. */
  BAKING,
  /** Something is wrong; a person resumes or aborts it. */
  HALTED,
  /** A person ends it: nothing is started any more, and what is under way is waited for. */
  ABORTING,
  /** Every tenant runs the release; of a dry run: could be brought to it. */
  SUCCESS,
  /** It went to its end, and not every tenant runs the release. */
  PARTIAL,
  /** A person ended it before. */
  ABORTED;

  public boolean isOver() {
    return this == SUCCESS || this == PARTIAL || this == ABORTED;
  }

  @JsonValue
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  @JsonCreator
  public static RolloutStatus of(String code) {
    return valueOf(code.toUpperCase(Locale.ROOT));
  }
}
