package dev.uplift.cli.backup;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.uplift.cli.backup.BackupsCommand.Told;
import dev.uplift.cli.client.ApiClient.Answer;
import java.util.List;
import org.junit.jupiter.api.Test;

class BackupsTableTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String ITEMS =
      """
      {"items": [
        {"kind": "backup", "name": "a.db.backup_20260102_030405", "created_at": "2026-01-02T03:04:05Z",
         "bytes": 114688, "version": "v0.2.0", "state": "good", "verified_at": "2026-02-02T00:00:00Z",
         "warnings": ["a -> b: 1 rows refer to nothing"], "keep": true, "reason": "the last good backup",
         "deleted": false},
        {"kind": "backup", "name": "a.db.backup_20250102_030405", "created_at": "2025-01-02T03:04:05Z",
         "bytes": 1000, "version": "v0.1.0", "state": "good", "warnings": [], "keep": false,
         "reason": "older than 30 days", "deleted": true},
        {"kind": "backup", "name": "a.db.backup_20240102_030405", "bytes": 7, "state": "altered",
         "problem": "its manifest was changed", "warnings": [], "keep": true, "deleted": false},
        {"kind": "dependency_set", "name": "0123", "created_at": "2025-01-02T03:04:05Z", "bytes": 12,
         "state": "good", "warnings": [], "keep": false, "reason": "older than 7 days", "deleted": false,
         "problem": "it cannot be deleted: no"}
      ]}""";

  @Test
  void everythingIsListedWithWhatIsKnownOfIt() throws Exception {
    assertThat(BackupsTable.listed(List.of(told("acme", 200, ITEMS), away())))
        .containsExactly(
            "TENANT  KIND            NAME                         CREATED            RELEASE  SIZE      STATE      VERIFIED           REMARK",
            "acme    backup          a.db.backup_20260102_030405  2026-01-02 03:04Z  v0.2.0   114.7 kB  good       2026-02-02 00:00Z  the last good backup; warning: a -> b: 1 rows refer to nothing",
            "acme    backup          a.db.backup_20250102_030405  2025-01-02 03:04Z  v0.1.0   1.0 kB    deleted    -                  older than 30 days",
            "acme    backup          a.db.backup_20240102_030405  -                  -        7 B       altered    -                  altered: its manifest was changed",
            "-       dependency set  0123                         2025-01-02 03:04Z  -        12 B      good       -                  it cannot be deleted: no",
            "lost    -               -                            -                  -        -         no answer  -                  Host does not answer (HTTP 503)",
            "3 backups, 115.7 kB; 1 altered");
  }

  @Test
  void ofPruningOnlyWhatGoesAndWhatNeedsAPersonIsShown() throws Exception {
    List<String> lines = BackupsTable.pruned(List.of(told("acme", 200, ITEMS)), false);

    assertThat(lines).hasSize(5);
    assertThat(lines.get(1)).contains("20250102_030405");
    assertThat(lines.get(2)).contains("altered: its manifest was changed");
    assertThat(lines.get(3)).contains("it cannot be deleted: no");
    assertThat(lines.get(4)).isEqualTo("1 of 4 were deleted, 1.0 kB");
    assertThat(BackupsTable.pruned(List.of(told("acme", 200, ITEMS)), true))
        .last()
        .isEqualTo("2 of 4 would be deleted, 1.0 kB");
  }

  @Test
  void ofVerifyingItIsCountedHowManyAreGood() throws Exception {
    String verified =
        """
        {"items": [
          {"kind": "backup", "name": "a", "state": "good", "warnings": []},
          {"kind": "backup", "name": "b", "state": "altered", "problem": "x", "warnings": []},
          {"kind": "backup", "name": "c", "state": "unchecked", "problem": "no room", "warnings": []},
          {"kind": "backup", "name": "d", "state": "unnamed", "problem": "y", "warnings": []}
        ]}""";

    assertThat(BackupsTable.verified(List.of(told("acme", 200, verified))))
        .last()
        .isEqualTo("1 of 3 are good");
  }

  @Test
  void whatTheHostDidNotTellIsNotPassedOver() throws Exception {
    String first =
        "{\"more\": 12, \"items\": [{\"kind\": \"backup\", \"name\": \"a\", \"bytes\": 7}]}";

    assertThat(BackupsTable.listed(List.of(told("acme", 200, first))))
        .endsWith(
            "acme has 12 more, which are neither shown nor counted", "1 backups, 7 B; 0 altered");
  }

  private static Told away() throws Exception {
    return told("lost", 503, "{\"title\": \"Host does not answer\"}");
  }

  private static Told told(String tenant, int status, String body) throws Exception {
    JsonNode json = JSON.readTree(body);
    return new Told(tenant, "web-1", new Answer(status, null, null, body, json));
  }
}
