package dev.uplift.rollout;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.uplift.rollout.Situation.Candidate;
import java.util.List;
import java.util.Locale;

/**
 * What a rollout does next.
 *
 * @param start the tenants to start now
 * @param next what is to be done when they are started
 * @param halt why nothing is started until a person says so; null if it goes on
 */
public record Decision(List<Candidate> start, Next next, Halt halt) {
  public Decision {
    start = List.copyOf(start);
  }

  /** What comes when what is to be started was started. */
  public enum Next {
    /** For a tenant to end, or for a person. */
    WAIT,
    /** Those that were busy are to be tried again. */
    TRY_BUSY_AGAIN,
    /** Another run of the workflow is to go on from here, since this one may start nobody. */
    CARRY_ON,
    /** The wave is done. */
    END_WAVE,
    /** Nothing is under way and nothing will be. */
    END
  }

  /** The rules that halt a rollout. */
  public enum Rule {
    /** A rehearsal failed, so nobody was stopped. */
    REHEARSAL,
    /** More tenants failed than it bears. */
    MAX_FAILURES,
    /** Two tenants failed alike, so the others would, too. */
    COMMON_CAUSE,
    /** A tenant was refused that the others wait for. */
    REJECTED_CANARY,
    /** Of those that the others wait for none was touched. */
    NOTHING_PROVEN;

    @JsonValue
    public String code() {
      return name().toLowerCase(Locale.ROOT);
    }

    @JsonCreator
    public static Rule of(String code) {
      return valueOf(code.toUpperCase(Locale.ROOT));
    }
  }

  /**
   * Why a rollout halted.
   *
   * @param message one sentence for a person
   * @param tenants those that made it halt, the first ten
   * @param signature what they have in common; null unless that is the rule
   */
  public record Halt(Rule rule, String message, List<String> tenants, Signature signature) {}
}
