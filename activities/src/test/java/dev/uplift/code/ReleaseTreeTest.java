package dev.uplift.code;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.host.Cancellation;
import dev.uplift.release.Tag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReleaseTreeTest {
  @TempDir Path root;
  private GitWorld world;

  @BeforeEach
  void createWorld() {
    world = GitWorld.create(root);
  }

  @Test
  void anExportHasTheFilesOfACloneAndNothingElse() throws IOException {
    Path export = Files.createDirectory(root.resolve("export"));

    tree("v0.3.0").exportTo(export);

    world.git(root, "clone", "--quiet", "--branch", "v0.3.0", "upstream", "fresh");
    assertThat(world.pictureOf(export)).isEqualTo(world.pictureOf(root.resolve("fresh")));
    assertThat(export.resolve(".git")).doesNotExist();
    assertThat(export.resolve("bin/run")).isExecutable();
    assertThat(export.resolve("current")).isSymbolicLink();
  }

  @Test
  void filesAreReadAlsoThroughLinks() {
    world.link(world.upstream.resolve("requirements.txt"), "requirements/base.txt");
    world.writeUpstream("requirements/base.txt", "flask==3\n");
    world.link(world.upstream.resolve("outside"), "../../etc/passwd");
    world.link(world.upstream.resolve("circle"), "circle");
    world.release(Tag.of("v0.4.0"));

    ReleaseTree tree = tree("v0.4.0");

    assertThat(tree.readString("requirements.txt")).contains("flask==3\n");
    assertThat(tree.readString("missing")).isEmpty();
    assertThat(tree.readString("outside")).isEmpty();
    assertThat(tree.readString("circle")).isEmpty();
    assertThat(tree.readString("requirements")).isEmpty();
  }

  @Test
  void itKnowsFilesAndDirectories() {
    ReleaseTree tree = tree("v0.3.0");

    assertThat(tree.has("scripts/add_columns.py")).isTrue();
    assertThat(tree.has("fresh/deep")).isTrue();
    assertThat(tree.has("fres")).isFalse();
    assertThat(tree.has("legacy")).isFalse();
    assertThat(tree.paths()).contains("app.py", "fresh/deep/module.py").doesNotContain("fresh");
  }

  @Test
  void itIsFoundForATenantByTheCommit() {
    world.mirror().fetch(Cancellation.NEVER);

    ReleaseTree tree =
        world.mirrors.tree(
            world.tenant(), GitWorld.profile(), world.commit(world.upstream, "v0.3.0"));

    assertThat(tree.readString("app.py")).contains("VERSION = '0.3.0'\n");
  }

  private ReleaseTree tree(String tag) {
    world.mirror().fetch(Cancellation.NEVER);
    return world.mirror().tree(world.commit(world.upstream, tag));
  }
}
