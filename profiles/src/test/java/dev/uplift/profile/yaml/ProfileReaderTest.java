package dev.uplift.profile.yaml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.profile.AppProfile;
import dev.uplift.profile.DependencySpec;
import dev.uplift.profile.HealthCheck;
import dev.uplift.profile.OnLateWrites;
import dev.uplift.profile.ReleaseProfile;
import dev.uplift.profile.ReleaseProfile.MigrationsChange;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProfileReaderTest {
  private static final String SMALLEST =
      """
      database: db/app.db
      services: ["{slug}-api"]
      health: [{url: "http://127.0.0.1:{api_port}/health"}]
      """;

  @Test
  void theBuiltInProfileIsTheGuidesApplication() {
    AppProfile cbapp = ProfileReader.builtIn(AppName.of("cbapp")).orElseThrow();

    assertThat(cbapp.upstream()).isNull();
    assertThat(cbapp.database()).isEqualTo("db/pocket.db");
    assertThat(cbapp.services()).containsExactly("{slug}-api", "{slug}-frontend");
    assertThat(cbapp.dependencies())
        .containsExactly(new DependencySpec.Python("requirements.txt", "venv"));
    assertThat(cbapp.migrations().run()).containsExactly("venv/bin/python", "{script}");
    assertThat(cbapp.migrations().scripts())
        .containsExactly(
            "scripts/create_schema.py",
            "scripts/create_default_users.py",
            "scripts/add_person_columns.py",
            "scripts/migrate_add_import_metadata.py",
            "scripts/add_person_indexes.py",
            "scripts/add_segment_tables.py");
    assertThat(cbapp.health())
        .containsExactly(
            new HealthCheck("http://127.0.0.1:{api_port}/health", 200, null, null),
            new HealthCheck("http://127.0.0.1:{frontend_port}/", 200, null, null));
    assertThat(cbapp.timeouts().healthDeadline()).isEqualTo(Duration.ofMinutes(2));
    assertThat(cbapp.timeouts().healthInterval()).isEqualTo(Duration.ofMillis(100));
    assertThat(cbapp.rehearsal().copy()).containsExactly(".env");
    assertThat(cbapp.onLateWrites()).isEqualTo(OnLateWrites.RESTORE);
  }

  @Test
  void noOtherProfileIsBuiltIn() {
    assertThat(ProfileReader.builtIn(AppName.of("other"))).isEmpty();
  }

  @Test
  void aReleaseChangesWhatItNamesAndNothingElse() {
    ReleaseProfile release =
        ProfileReader.readRelease(
            """
            migrations:
              scripts: [scripts/one.py]
            timeouts: {health_deadline: 10s}
            """);

    assertThat(release.migrations())
        .isEqualTo(new MigrationsChange(null, List.of("scripts/one.py"), null));
    assertThat(release.timeouts().healthDeadline()).isEqualTo(Duration.ofSeconds(10));
    assertThat(release.timeouts().stop()).isNull();
    assertThat(release.dependencies()).isNull();
    assertThat(release.health()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing yet\n", "---\n", "{}"})
  void anEmptyReleaseProfileChangesNothing(String yaml) {
    assertThat(ProfileReader.readRelease(yaml)).isEqualTo(ReleaseProfile.UNCHANGED);
  }

  @Test
  void aReleaseMayNotSetServices() {
    assertThatThrownBy(
            () -> ProfileReader.readRelease("migrations: {}\nservices: [\"{slug}-other\"]\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "uplift.yml:2:1: services: unknown key; known here are dependencies, health, migrations, timeouts");
  }

  @ParameterizedTest
  @CsvSource({
    "100ms,PT0.1S",
    "5s,PT5S",
    "2m,PT2M",
    "1h,PT1H",
    "PT1M30S,PT1M30S",
  })
  void durationsAreWrittenShortOrInIso(String written, Duration meant) {
    assertThat(ProfileReader.readRelease("timeouts: {migrations: " + written + "}").timeouts())
        .extracting(ReleaseProfile.TimeoutsChange::migrations)
        .isEqualTo(meant);
  }

  @ParameterizedTest
  @ValueSource(strings = {"5", "5 minutes", "-5s", "9999999999s", "1.5s", "s"})
  void otherDurationsAreRefused(String written) {
    assertThatThrownBy(
            () -> ProfileReader.readRelease("timeouts:\n  migrations: " + written + "\n"))
        .isInstanceOf(DocumentException.class)
        .hasMessageStartingWith("uplift.yml:2:")
        .hasMessageContaining("timeouts.migrations: '" + written + "' is not a duration");
  }

  @Test
  void anUnknownKeyDeepInsideIsNamedWithItsLine() {
    assertThatThrownBy(
            () -> ProfileReader.readApp(SMALLEST + "timeouts:\n  stop: 5s\n  stopp: 6s\n"))
        .hasMessageStartingWith("profile:6:3: timeouts.stopp: unknown key; known here are");
  }

  @Test
  void whatARecordRefusesIsToldWithItsPlace() {
    assertThatThrownBy(() -> ProfileReader.readApp(SMALLEST + "state: [../other/x]\n"))
        .hasMessageStartingWith("profile:")
        .hasMessageContaining("state: '../other/x' is not a plain path inside the checkout");
  }

  @Test
  void aUnitThatIsNotTheTenantsOwnIsRefused() {
    assertThatThrownBy(() -> ProfileReader.readApp(SMALLEST.replace("{slug}-api", "postgresql")))
        .hasMessageContaining("services: 'postgresql' must be");
  }

  @Test
  void anUnknownKindOfDependencyIsRefusedWithTheKnownOnes() {
    assertThatThrownBy(
            () -> ProfileReader.readApp(SMALLEST + "dependencies:\n  - {type: ruby, run: [x]}\n"))
        .hasMessageContaining("profile:5")
        .hasMessageContaining("type must be one of python, command");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          https://git.example.org/shop.git    | token_file: /etc/uplift/shop.token
          https://git.example.org:8443/shop   | token_file: /etc/t, ca_file: /etc/uplift/ca.pem
          https://git.example.org/shop.git    | ca_file: /etc/uplift/ca.pem
          ssh://git@git.example.org:2222/shop | ssh_key: /etc/uplift/key, known_hosts: /etc/uplift/known
          git@git.example.org:team/shop.git   | ssh_key: /etc/uplift/key, known_hosts: /etc/uplift/known
          """)
  void credentialsArePathsThatGoWithTheUrl(String url, String credentials) {
    assertThat(ProfileReader.readApp(upstream(url, credentials)).upstream().url()).isEqualTo(url);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          https://git.example.org/shop     | ssh_key: /etc/key, known_hosts: /etc/known | goes with a url like ssh://
          /srv/git/shop.git                | ssh_key: /etc/key, known_hosts: /etc/known | goes with a url like ssh://
          ssh://git@git.example.org/shop   | token_file: /etc/token                     | go with an https url
          http://git.example.org/shop      | token_file: /etc/token                     | go with an https url
          git@git.example.org:shop         | ssh_key: /etc/key                          | belong together
          https://git.example.org/shop     | known_hosts: /etc/known                    | is needed
          https://git.example.org/shop     | token_file: /etc/t, known_hosts: /etc/k    | belong together
          https://git.example.org/shop     | token_file: /etc/t, ssh_key: /etc/k        | not both
          https://git.example.org/shop     | token_file: t0ken                          | absolute path
          """)
  void credentialsThatDoNotGoWithTheUrlAreRefused(String url, String credentials, String why) {
    assertThatThrownBy(() -> ProfileReader.readApp(upstream(url, credentials)))
        .hasMessageStartingWith("profile:")
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://s3cr3t@git.example.org/shop",
        "https://bob:s3cr3t@git.example.org/shop",
        "https://bob:s3/cr3t@git.example.org/shop",
        "http://bob:s3cr3t@git.example.org/shop",
        "HTTPS://bob:s3cr3t@git.example.org/shop",
        "https://git.example.org/shop?private_token=s3cr3t",
        "ssh://git:s3cr3t@git.example.org/shop",
        "git:s3cr3t@git.example.org:shop",
        "ftp://bob:s3cr3t@git.example.org/shop"
      })
  void aSecretInTheUrlIsRefusedAndNotRepeated(String url) {
    assertThatThrownBy(() -> ProfileReader.readApp(SMALLEST + "upstream: {url: \"" + url + "\"}\n"))
        .hasMessageContaining("carries a user or password")
        .hasMessageNotContainingAny("s3cr3t", "cr3t", "bob");
  }

  private static String upstream(String url, String credentials) {
    return SMALLEST + "upstream: {url: \"" + url + "\", credentials: {" + credentials + "}}\n";
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/srv/dist", "../dist", "a/../../b", ".", "./dist", "dist/", "a//b", ".git/x"})
  void productsOutsideOfTheCheckoutOrWithRoundaboutNamesAreRefused(String path) {
    assertThatThrownBy(() -> ProfileReader.readApp(SMALLEST + command(path)))
        .hasMessageContaining("produces: '" + path + "' is not a plain path inside the checkout");
  }

  @ParameterizedTest
  @ValueSource(strings = {"venv", "venv/lib", "db", "db/app.db"})
  void productsThatAreNotApartFromTheRestAreRefused(String path) {
    String venv = "  - {type: python, requirements: requirements.txt}\n";
    assertThatThrownBy(
            () -> ProfileReader.readApp(SMALLEST + command(path).replace("s:\n", "s:\n" + venv)))
        .hasMessageContaining("'" + path + "'")
        .hasMessageContaining("are not apart from each other");
  }

  @Test
  void severalDependenciesAreReadInTheirOrder() {
    AppProfile app =
        ProfileReader.readApp(
            SMALLEST
                + """
                dependencies:
                  - {type: python, requirements: requirements.txt}
                  - type: command
                    run: [sh, -c, "cd frontend && npm ci && npm run build"]
                    produces: [frontend/node_modules, frontend/dist]
                    inputs: [frontend]
                """);

    assertThat(app.dependencies())
        .containsExactly(
            new DependencySpec.Python("requirements.txt", "venv"),
            new DependencySpec.Command(
                List.of("sh", "-c", "cd frontend && npm ci && npm run build"),
                List.of("frontend/node_modules", "frontend/dist"),
                List.of("frontend")));
  }

  private static String command(String produced) {
    return "dependencies:\n  - {type: command, run: [make], produces: [\"" + produced + "\"]}\n";
  }

  @Test
  void anUnknownChoiceIsRefusedWithTheKnownOnes() {
    assertThatThrownBy(() -> ProfileReader.readApp(SMALLEST + "on_late_writes: maybe\n"))
        .hasMessageContaining("profile:4:1: on_late_writes: must be one of")
        .hasMessageContaining("restore");
  }

  @Test
  void aQuotedNumberIsNotANumber() {
    assertThatThrownBy(
            () ->
                ProfileReader.readRelease(
                    "health:\n  - url: http://127.0.0.1/\n    status: \"200\"\n"))
        .hasMessage("uplift.yml:3:5: health.0.status: must be a whole number, but is a string");
  }

  @Test
  void aListWhereOneWordStandsIsRefused() {
    assertThatThrownBy(() -> ProfileReader.readRelease("migrations: {run: make migrate}"))
        .hasMessage("uplift.yml:1:14: migrations.run: must be a list, but is a string");
  }

  @Test
  void jsonIsReadAsStrictly() {
    String json =
        """
        {"database": "db/app.db", "services": ["{slug}-api"],
         "health": [{"url": "http://127.0.0.1:1/"}],
         "timeouts": {"stop": "PT5S"}, "rehearsal": {"enabled": "no"}}
        """;

    assertThatThrownBy(() -> ProfileReader.readAppJson(json))
        .hasMessage("profile:3:46: rehearsal.enabled: must be true or false, but is a string");
    assertThat(ProfileReader.readAppJson(json.replace("\"no\"", "false")).timeouts().stop())
        .isEqualTo(Duration.ofSeconds(5));
  }
}
