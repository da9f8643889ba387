package dev.uplift.cli.tenant;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import org.junit.jupiter.api.Test;

class StepLinesTest {
  private static final String INSPECTED =
      """
      {"name": "InspectTenant", "direction": "FORWARD", "status": "done", "duration_ms": 120,
       "summary": "v0.2.0 is deployed"}""";
  private static final String FETCHING =
      """
      {"name": "FetchRelease", "direction": "FORWARD", "status": "running"}""";
  private static final String FETCH_FAILED =
      """
      {"name": "FetchRelease", "direction": "FORWARD", "status": "failed", "duration_ms": 7,
       "summary": "no such tag"}""";
  private static final String RESTORED =
      """
      {"name": "RestoreCode", "direction": "BACK", "status": "done", "duration_ms": 9}""";

  private final StepLines lines = new StepLines();

  @Test
  void aStepIsToldOnceAndWhenItHasEnded() throws Exception {
    assertThat(lines.news(steps(INSPECTED, FETCHING)))
        .containsExactly("InspectTenant        v0.2.0 is deployed (120 ms)");
    assertThat(lines.news(steps(INSPECTED, FETCHING))).isEmpty();
    assertThat(lines.news(steps(INSPECTED, FETCH_FAILED)))
        .containsExactly("FetchRelease         FAILED: no such tag (7 ms)");
  }

  @Test
  void aStepBackSaysSo() throws Exception {
    assertThat(lines.news(steps(RESTORED)))
        .containsExactly("back: RestoreCode          done (9 ms)");
  }

  @Test
  void nothingIsToldWhileTheRunCannotBeAsked() throws Exception {
    assertThat(lines.news(JsonMapper.builder().build().readTree("{}").path("steps"))).isEmpty();
  }

  private static JsonNode steps(String... steps) throws Exception {
    return JsonMapper.builder().build().readTree("[" + String.join(",", steps) + "]");
  }
}
