package dev.uplift.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.profile.yaml.ProfileReader;
import dev.uplift.sandbox.SampleApp.Release;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UpstreamTest {
  private static final SampleApp APP = SampleApp.load();

  @TempDir Path temporary;
  private Upstream upstream;

  @BeforeEach
  void createUpstream() {
    upstream = Upstream.create(APP, temporary.resolve("cbapp.git"));
  }

  @AfterEach
  void closeUpstream() {
    upstream.close();
  }

  @Test
  void everyReleaseIsAnAnnotatedTagWithAllItsFiles() {
    upstream.publishAll();

    git("fsck", "--strict");
    assertThat(git("tag").lines())
        .containsExactlyInAnyOrderElementsOf(APP.releases().stream().map(Release::tag).toList())
        .hasSize(15);
    for (Release release : APP.releases()) {
      SortedMap<String, byte[]> tree = APP.tree(release.tag());
      assertThat(git("cat-file", "-t", release.tag()).strip()).isEqualTo("tag");
      assertThat(git("ls-tree", "-r", "--name-only", release.tag()).lines())
          .containsExactlyElementsOf(tree.keySet());
      assertThat(git("show", release.tag() + ":VERSION"))
          .isEqualTo(new String(tree.get("VERSION"), StandardCharsets.UTF_8));
    }
  }

  @Test
  void everyReleasesOwnProfileIsAccepted() {
    Map<String, Integer> scripts = new HashMap<>();
    for (Release release : APP.releases()) {
      byte[] profile = APP.tree(release.tag()).get("uplift.yml");
      if (profile != null) {
        var migrations =
            ProfileReader.readRelease(new String(profile, StandardCharsets.UTF_8)).migrations();
        scripts.put(release.tag(), migrations.scripts().size());
        assertThat(APP.tree(release.tag()))
            .containsKeys(migrations.scripts().toArray(String[]::new));
      }
    }
    assertThat(scripts).containsEntry("v0.4.0-absolute-path", 7).hasSize(5);
  }

  @Test
  void filesHaveTheirRealNamesAndADatabaseIsTrackedAgainstTheIgnoreRules() {
    assertThat(APP.tree("v0.2.0")).containsKeys(".gitignore", ".env.example", "db/.gitkeep");
    assertThat(APP.tree("v0.3.0")).doesNotContainKey("db/pocket.db");
    assertThat(APP.tree("v0.4.0-tracks-database")).containsKey("db/pocket.db");
    assertThat(APP.tree("v0.4.0-tracks-database").keySet())
        .noneMatch(path -> path.contains("dot-") || path.endsWith(".stored"));
  }

  @Test
  void theSameReleasesHaveTheSameIdsInEveryUpstream() {
    upstream.publishAll();
    try (Upstream other = Upstream.create(APP, temporary.resolve("other.git"))) {
      other.publishThrough("v0.2.0");
      assertThatThrownBy(() -> other.commitOf("v0.3.0")).hasMessageContaining("no tag v0.3.0");
      other.publishAll();

      assertThat(git("show-ref")).isEqualTo(gitIn(other.directory(), "show-ref"));
    }
  }

  @Test
  void theMainBranchIsAtTheNewestReleaseThatIsNotAPreRelease() {
    upstream.publishAll();

    assertThat(git("rev-parse", "HEAD").strip()).isEqualTo(upstream.commitOf("v0.3.0"));
    assertThat(git("symbolic-ref", "HEAD").strip()).isEqualTo("refs/heads/main");
  }

  @Test
  void aMovedTagPointsToAnotherCommit() {
    upstream.publishAll();
    String before = upstream.commitOf("v0.3.0");

    String after = upstream.moveTag("v0.3.0", Map.of("services/api.py", "raise SystemExit(1)\n"));

    assertThat(after).isNotEqualTo(before).isEqualTo(upstream.commitOf("v0.3.0"));
    assertThat(git("diff", "--name-only", before, "v0.3.0").strip()).isEqualTo("services/api.py");
    assertThat(git("rev-parse", "main").strip()).isEqualTo(before);
  }

  @Test
  void aReleaseOfATestsOwnAddsAndRemovesFiles() {
    upstream.publishAll();
    Map<String, String> changes = new HashMap<>();
    changes.put("scripts/add_segment_tables.py", null);
    changes.put("uplift.yml", "timeouts: {health_window: 1s}\n");

    String commit = upstream.addRelease("v0.5.0", "v0.3.0", changes);

    assertThat(git("rev-parse", "v0.5.0^{commit}").strip()).isEqualTo(commit);
    assertThat(git("diff", "--name-status", "v0.3.0", "v0.5.0").lines())
        .containsExactly("D\tscripts/add_segment_tables.py", "A\tuplift.yml");
  }

  @Test
  void aBranchMayHaveTheNameOfATagAndATagMayBeDeleted() {
    upstream.publishAll();

    upstream.addBranch("v0.3.0", "v0.1.0");
    upstream.addBranch("v9.9.9", "v0.3.0");
    upstream.deleteTag("v0.2.0");

    assertThat(git("rev-parse", "refs/heads/v0.3.0").strip())
        .isEqualTo(upstream.commitOf("v0.1.0"));
    assertThat(git("branch", "--list", "v9.9.9")).isNotBlank();
    assertThat(git("tag", "--list", "v0.2.0")).isEmpty();
  }

  private String git(String... arguments) {
    return gitIn(upstream.directory(), arguments);
  }

  private static String gitIn(Path directory, String... arguments) {
    List<String> words = new ArrayList<>(List.of("git"));
    words.addAll(Arrays.asList(arguments));
    return new Tool(directory, Map.of(), words).run();
  }
}
