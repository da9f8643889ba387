package dev.uplift.cli.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.uplift.cli.client.ApiClient.Answer;
import dev.uplift.cli.console.Columns;
import dev.uplift.cli.fleet.CheckCommand.Checked;
import java.util.List;
import org.junit.jupiter.api.Test;

class CheckTableTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Test
  void everyTenantHasALine() throws Exception {
    List<String> lines =
        CheckTable.of(
            List.of(
                checked(
                    "acme",
                    200,
                    """
                    {"ready": true, "deployed_version": "v0.2.0", "target_version": "v0.3.0",
                     "upgrade_available": true, "healthy": true,
                     "units": [{"name": "acme-api", "running": true}, {"name": "acme-web", "running": false}],
                     "database_bytes": 114688, "free_bytes": 10250000000, "warnings": ["a\\nb"]}"""),
                checked(
                    "zeta",
                    200,
                    """
                    {"ready": false, "deployed_version": "v0.2.0", "healthy": false, "units": [],
                     "failure": {"kind": "unhealthy", "message": "zeta is unhealthy."}, "warnings": []}"""),
                checked(
                    "fine",
                    200,
                    """
                    {"ready": true, "deployed_version": "v0.3.0", "target_version": "v0.3.0",
                     "upgrade_available": false, "healthy": true, "units": [], "warnings": []}"""),
                checked(
                    "lost",
                    503,
                    """
                    {"title": "Host does not answer", "detail": "Host web-9 does not answer."}""")));

    assertThat(lines)
        .containsExactly(
            "TENANT  HOST   DEPLOYED  TARGET  HEALTHY  UNITS    DATABASE  FREE     VERDICT     PROBLEM",
            "acme    web-1  v0.2.0    v0.3.0  yes      1/2 run  114.7 kB  10.3 GB  ready       warning: a b",
            "zeta    web-1  v0.2.0    -       no       -        -         -        refused     unhealthy: zeta is unhealthy.",
            "fine    web-1  v0.3.0    v0.3.0  yes      -        -         -        up to date",
            "lost    web-1  -         -       -        -        -         -        no answer   Host does not answer: Host web-9 does not answer. (HTTP 503)",
            "1 of 4 could be upgraded, 1 up to date");
  }

  @Test
  void sizesAreTold() {
    assertThat(Columns.size(IntNode.valueOf(999))).isEqualTo("999 B");
    assertThat(Columns.size(LongNode.valueOf(1_500_000_000_000L))).isEqualTo("1.5 TB");
    assertThat(Columns.size(MissingNode.getInstance())).isEqualTo("-");
  }

  private static Checked checked(String tenant, int status, String body) throws Exception {
    JsonNode json = JSON.readTree(body);
    return new Checked(tenant, "web-1", new Answer(status, null, null, body, json));
  }
}
