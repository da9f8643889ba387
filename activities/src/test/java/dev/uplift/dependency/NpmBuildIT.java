package dev.uplift.dependency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uplift.command.Command;
import dev.uplift.command.CommandResult;
import dev.uplift.host.StepFailure;
import dev.uplift.profile.DependencySpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A frontend that is built with a real npm, from a package that the test makes. */
@Tag("full")
class NpmBuildIT {
  private static final DependencySpec.Command BUILD =
      new DependencySpec.Command(
          List.of("sh", "-c", "cd frontend && npm ci && npm run build"),
          List.of("frontend/node_modules", "frontend/dist"),
          List.of("frontend"));
  @TempDir Path directory;
  private SampleUpgrade upgrade;
  private Map<String, String> environment;

  @BeforeEach
  void makeAFrontend() throws IOException {
    environment = new HashMap<>(Map.of("PATH", System.getenv("PATH")));
    environment.put("HOME", directory.toString());
    environment.put("npm_config_offline", "true");
    environment.put("npm_config_update_notifier", "false");
    assumeTrue(run(directory, "npm", "--version").succeeded(), "needs npm");

    upgrade =
        new SampleUpgrade(directory)
            .needs(BUILD)
            .file(
                "frontend/package.json",
                """
                {"name": "frontend", "version": "1.0.0", "private": true,
                 "dependencies": {"greeting": "file:vendor/greeting-1.0.0.tgz"},
                 "scripts": {"build": "node build.js"}}
                """)
            .file(
                "frontend/build.js",
                """
                const fs = require('fs');
                const page = fs.readFileSync('src/page.html', 'utf8');
                fs.mkdirSync('dist');
                fs.writeFileSync('dist/index.html', page.replace('NAME', require('greeting')));
                """)
            .file("frontend/src/page.html", "<h1>Hello NAME</h1>");
    Path greeting = Files.createDirectories(directory.resolve("greeting"));
    Files.writeString(
        greeting.resolve("package.json"),
        "{\"name\": \"greeting\", \"version\": \"1.0.0\", \"main\": \"index.js\"}");
    Files.writeString(greeting.resolve("index.js"), "module.exports = 'world';");
    Path frontend = upgrade.release.resolve("frontend");
    Files.createDirectories(frontend.resolve("vendor"));
    require(run(frontend, "npm", "pack", "--pack-destination", "vendor", greeting.toString()));
    require(run(frontend, "npm", "install", "--package-lock-only"));
  }

  @Test
  void aFrontendIsBuiltBesideTheLiveOneAndSwitchedAndPutBack() throws IOException {
    // What stood there before the first upgrade, as npm had left it in the checkout.
    Files.createDirectories(upgrade.checkout.resolve("frontend/node_modules/older"));
    Path live = Files.createDirectories(upgrade.checkout.resolve("frontend/dist"));
    Files.writeString(live.resolve("index.html"), "live");
    String before = DependencyIdentity.of(upgrade.checkout, upgrade.profile());

    stage();
    assertThat(live.resolve("index.html")).hasContent("live");

    new InstallDependencies().run(upgrade.input(), upgrade.context());
    assertThat(live.resolve("index.html")).hasContent("<h1>Hello world</h1>");
    assertThat(
            run(
                    upgrade.checkout.resolve("frontend"),
                    "node",
                    "-e",
                    "console.log(require('greeting'))")
                .output())
        .isEqualTo("world\n");

    new RestoreDependencies().run(upgrade.input().back(), upgrade.context());
    assertThat(live.resolve("index.html")).hasContent("live");
    assertThat(DependencyIdentity.of(upgrade.checkout, upgrade.profile())).isEqualTo(before);
  }

  @Test
  void aChangedSourceIsBuiltAnewAndAnotherReleaseOfTheSameFrontendIsNot() throws IOException {
    assertThat(stage()).startsWith("Built ");

    upgrade.at("c".repeat(40)).file("services/api.py", "changed");
    assertThat(stage()).startsWith("Found ");

    upgrade.file("frontend/src/page.html", "<h1>Bye NAME</h1>");
    assertThat(stage()).startsWith("Built ");
  }

  @Test
  void aBuildThatFailsIsToldWithItsOutput() throws IOException {
    upgrade.file("frontend/build.js", "throw new Error('no such page');");

    assertThatThrownBy(this::stage)
        .isInstanceOfSatisfying(
            StepFailure.class, failure -> assertThat(failure.evidence()).contains("no such page"));
  }

  private String stage() {
    return new StageDependencies(upgrade.releases(), environment)
        .run(upgrade.input(), upgrade.context())
        .summary();
  }

  private CommandResult run(Path where, String... words) {
    SampleUpgrade runner = new SampleUpgrade(directory);
    return runner
        .context()
        .commands()
        .run(new Command(List.of(words), where, environment, Duration.ofMinutes(2)));
  }

  private static void require(CommandResult result) {
    assertThat(result.exitCode()).as(result.output()).isZero();
  }
}
