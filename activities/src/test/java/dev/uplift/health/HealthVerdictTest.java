package dev.uplift.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.health.HealthVerdict.Outcome;
import dev.uplift.profile.HealthCheck;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class HealthVerdictTest {
  private static final String URL = "http://127.0.0.1:8000/health";

  @Test
  void theExpectedStatusIsEnoughWhereNothingElseIsAsked() {
    HealthVerdict verdict = judge(check(null, null), answered(200, "<html>hello</html>"));

    assertThat(verdict.isOk()).isTrue();
    assertThat(verdict.reason()).isNull();
    assertThat(verdict.namesRelease()).isFalse();
  }

  @Test
  void anotherStatusIsNamedBesideTheExpectedOne() {
    assertThat(judge(check(null, null), answered(503, "")).reason())
        .isEqualTo(URL + " answers 503 instead of 200");
  }

  @Test
  void aRedirectIsNotHealthyAndSaysWhereItLeads() {
    Answer redirect = new Answer.Answered(Instant.EPOCH, 302, "/login", "", false);

    assertThat(judge(check(null, null), redirect).reason())
        .isEqualTo(URL + " answers 302 (to /login) instead of 200");
  }

  @Test
  void aRedirectIsHealthyWhereTheProfileExpectsIt() {
    HealthCheck check = new HealthCheck(URL, 302, null, null);

    assertThat(
            HealthVerdict.of(
                    check, new Answer.Answered(Instant.EPOCH, 302, "/login", "", false), "v0.3.0")
                .isOk())
        .isTrue();
  }

  @Test
  void theBodyMustContainWhatTheProfileSays() {
    assertThat(judge(check("welcome", null), answered(200, "welcome home")).isOk()).isTrue();
    assertThat(judge(check("welcome", null), answered(200, "error page")).reason())
        .isEqualTo(URL + " answers without 'welcome'");
  }

  @Test
  void aJsonPointerMustHaveItsValue() {
    HealthCheck check = check(null, "/database/ok=true");

    assertThat(judge(check, answered(200, "{\"database\":{\"ok\":true}}")).isOk()).isTrue();
    assertThat(judge(check, answered(200, "{\"database\":{\"ok\":false}}")).reason())
        .isEqualTo(URL + " answers /database/ok=false instead of true");
    assertThat(judge(check, answered(200, "{}")).reason())
        .isEqualTo(URL + " answers without /database/ok");
    assertThat(judge(check, answered(200, "fine")).reason())
        .isEqualTo(URL + " does not answer in JSON");
  }

  @Test
  void aBodyTooLongForJsonIsToldFromOneThatIsNotJson() {
    Answer long1 = new Answer.Answered(Instant.EPOCH, 200, null, "{\"a\":\"xxx", true);

    assertThat(judge(check(null, "/a=b"), long1).reason())
        .isEqualTo(URL + " answers with more than can be read as JSON");
    assertThat(judge(check(null, null), long1).isOk()).isTrue();
  }

  @Test
  void theVersionMayLackTheLeadingV() {
    assertThat(judge(check(null, null), answered(200, "{\"version\":\"v0.3.0\"}")).isOk()).isTrue();
    HealthVerdict bare = judge(check(null, null), answered(200, "{\"version\":\"0.3.0\"}"));

    assertThat(bare.isOk()).isTrue();
    assertThat(bare.namesRelease()).isTrue();
  }

  @Test
  void anotherVersionIsNotHealthyAndBothAreNamed() {
    HealthVerdict verdict = judge(check(null, null), answered(200, "{\"version\":\"0.2.0\"}"));

    assertThat(verdict.outcome()).isEqualTo(Outcome.BAD);
    assertThat(verdict.wrongRelease()).isTrue();
    assertThat(verdict.reason()).isEqualTo(URL + " answers as 0.2.0 instead of v0.3.0");
  }

  @Test
  void anyVersionWillDoWhereNoneIsExpected() {
    assertThat(
            HealthVerdict.of(check(null, null), answered(200, "{\"version\":\"0.2.0\"}"), null)
                .isOk())
        .isTrue();
  }

  @Test
  void silenceIsTheServicesFaultAndAnImpossibleRequestIsNot() {
    assertThat(
            judge(check(null, null), new Answer.Silent(Instant.EPOCH, "Connection refused"))
                .outcome())
        .isEqualTo(Outcome.BAD);
    assertThat(
            judge(check(null, null), new Answer.Unmeasured(Instant.EPOCH, "Too many open files"))
                .outcome())
        .isEqualTo(Outcome.UNMEASURED);
  }

  private static HealthVerdict judge(HealthCheck check, Answer answer) {
    return HealthVerdict.of(check, answer, "v0.3.0");
  }

  private static HealthCheck check(String contains, String json) {
    return new HealthCheck(URL, null, contains, json);
  }

  private static Answer answered(int status, String body) {
    return new Answer.Answered(Instant.EPOCH, status, null, body, false);
  }
}
