package dev.uplift.health;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.uplift.profile.HealthCheck;

/**
 * What one answer means for one check.
 *
 * @param reason why it is not {@code OK}; null if it is
 * @param wrongRelease whether the answer names another release than the expected one, which a
 *     process that runs does not change any more
 * @param namesRelease whether the answer says which release gave it
 */
public record HealthVerdict(
    Outcome outcome, String reason, boolean wrongRelease, boolean namesRelease) {
  private static final ObjectMapper JSON = new ObjectMapper();

  public enum Outcome {
    OK,
    /** The service answers wrongly or not at all. */
    BAD,
    /** Nothing is known about the service. */
    UNMEASURED
  }

  public boolean isOk() {
    return outcome == Outcome.OK;
  }

  /**
   * @param check with its URL filled in
   * @param expectedVersion the release's tag; null if any will do
   */
  public static HealthVerdict of(HealthCheck check, Answer answer, String expectedVersion) {
    if (answer instanceof Answer.Answered answered) {
      return of(check, answered, expectedVersion);
    }
    if (answer instanceof Answer.Silent silent) {
      return bad(check, "does not answer: " + silent.reason());
    }
    String reason = ((Answer.Unmeasured) answer).reason();
    return new HealthVerdict(
        Outcome.UNMEASURED, check.url() + " could not be asked: " + reason, false, false);
  }

  private static HealthVerdict of(
      HealthCheck check, Answer.Answered answer, String expectedVersion) {
    if (answer.status() != check.status()) {
      String redirect = answer.location() == null ? "" : " (to " + answer.location() + ")";
      return bad(check, "answers " + answer.status() + redirect + " instead of " + check.status());
    }
    if (check.contains() != null && !answer.body().contains(check.contains())) {
      return bad(check, "answers without '" + check.contains() + "'");
    }
    JsonNode body = json(answer);
    if (check.json() != null) {
      String problem = jsonProblem(check.json(), body, answer.truncated());
      if (problem != null) {
        return bad(check, problem);
      }
    }
    JsonNode version = body.path("version");
    if (!version.isValueNode() || version.isNull()) {
      return new HealthVerdict(Outcome.OK, null, false, false);
    }
    if (expectedVersion != null && !sameVersion(version.asText(), expectedVersion)) {
      return new HealthVerdict(
          Outcome.BAD,
          check.url() + " answers as " + version.asText() + " instead of " + expectedVersion,
          true,
          true);
    }
    return new HealthVerdict(Outcome.OK, null, false, true);
  }

  private static String jsonProblem(String wanted, JsonNode body, boolean truncated) {
    String pointer = wanted.substring(0, wanted.indexOf('='));
    String value = wanted.substring(wanted.indexOf('=') + 1);
    if (body.isMissingNode()) {
      return truncated ? "answers with more than can be read as JSON" : "does not answer in JSON";
    }
    JsonNode found = body.at(pointer);
    if (found.isMissingNode()) {
      return "answers without " + pointer;
    }
    String text = found.isValueNode() ? found.asText() : found.toString();
    return text.equals(value) ? null : "answers " + pointer + "=" + text + " instead of " + value;
  }

  // Missing if it is not JSON.
  private static JsonNode json(Answer.Answered answer) {
    try {
      JsonNode body = JSON.readTree(answer.body());
      return body == null ? JSON.missingNode() : body;
    } catch (JsonProcessingException notJson) {
      return JSON.missingNode();
    }
  }

  private static boolean sameVersion(String told, String expected) {
    return withoutV(told).equals(withoutV(expected));
  }

  private static String withoutV(String version) {
    return version.startsWith("v") ? version.substring(1) : version;
  }

  private static HealthVerdict bad(HealthCheck check, String what) {
    return new HealthVerdict(Outcome.BAD, check.url() + " " + what, false, false);
  }
}
