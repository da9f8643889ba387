package dev.uplift.api.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.ByteArrayResource;

class ChannelSettingsTest {
  @TempDir private Path directory;

  @Test
  void aChannelTellsOfHeldTenantsAndOfUpgradesThatTurnedBackUnlessItSaysMore() throws Exception {
    Channels channels =
        read(
            """
            uplift:
              notify:
                chat: {webhook: {url: "https://chat.example.org/hook"}}
                pager: {events: [needs_attention], command: {run: [/usr/bin/page, now], timeout: 5s}}
            """);

    assertThat(channels.byName().get("chat").events())
        .containsExactlyInAnyOrder(Event.ROLLED_BACK, Event.NEEDS_ATTENTION);
    assertThat(channels.byName().get("chat").giveUpAfter()).isEqualTo(Duration.ofDays(1));
    assertThat(channels.byName().get("pager").events()).containsExactly(Event.NEEDS_ATTENTION);
    assertThat(channels.byName().get("pager").command().run())
        .containsExactly("/usr/bin/page", "now");
  }

  @Test
  void withoutSettingsNobodyIsTold() throws Exception {
    assertThat(read("uplift: {port: 1}").byName()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{events: [needs_attention]}                             | either webhook or command",
        "{webhook: {secret-file: /dev/null}}                     | either url or url-file",
        "{webhook: {url-file: /does/not/exist}}                  | /does/not/exist cannot be read",
        "{webhook: {url: 'http://a', secret-file: /not/there}}   | /not/there cannot be read",
        "{webhook: {url: 'https://a', ca-file: /not/there}}      | ca-file: /not/there cannot be read",
        "{webhook: {url: 'https://a', ca-file: /etc/passwd}}     | ca-file: /etc/passwd",
        "{webhook: {url: 'http://a'}, webhok: {}, event: [lost]} | event",
        "{webhook: {url: 'http://a', secret-fil: x}}             | secret-fil",
        "{webhook: {url: 'http://a'}, events: [everything]}      | everything",
        "{webhook: {url: 'http://a'}, events: [test]}            | on request only",
        "{webhook: {url: 'http://a'}, first-retry: 0s}           | first-retry",
        "{command: {run: []}}                                    | run",
        "{command: {run: [page]}}                                | whole path",
      })
  void aMistakeInTheSettingsIsToldAtTheStart(String channel, String message) {
    assertThatThrownBy(() -> read("uplift: {notify: {chat: " + channel + "}}"))
        .hasStackTraceContaining(message);
  }

  @Test
  void theUrlIsNotShown() throws Exception {
    Path url = secret("rw-------");
    Channels channels =
        read(
            "uplift: {notify: {a: {webhook: {url-file: "
                + url
                + "}}, b: {webhook: {url: 'https://chat.example.org/s3cret'}}}}");

    assertThat(channels.toString()).doesNotContain("s3cret");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{webhook: {url: 'https://chat.example.org/s3cret %'}}                   | no URL",
        "{webhook: {url: 's3cret'}}                                              | no URL",
        "{webhook: {url: 'http://a/s3cret', secret-file: /not/there}}            | /not/there",
        "{webhook: {urll: 'http://a/s3cret'}}                                    | url",
        "{webhook: {url: 'http://a/s3cret', secrett: s3cret}}                    | secrett",
        "{webhook: {url-file: 'http://a/s3cret'}}                                | path of a file",
        "{webhook: {url: 'http://a', secret-file: a/s3cret}}                     | path of a file",
        "{webhook: 'http://a/s3cret'}                                            | webhook",
        "{webhook: {url: 'http://a/s3cret'}, first-retry: s3cret-at-wrong-place} | first-retry",
      })
  void aMistakeIsToldWithoutTheUrlThatIsASecret(String channel, String message) {
    assertThatThrownBy(() -> read("uplift: {notify: {chat: " + channel + "}}"))
        .isInstanceOf(NotifySettingsException.class)
        .hasMessageContaining(message)
        .satisfies(
            refused -> {
              StringWriter trace = new StringWriter();
              refused.printStackTrace(new PrintWriter(trace));
              assertThat(trace.toString()).doesNotContain("a/s3cret", "org/s3cret", "s3cret %");
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"{url-file: %s}", "{url: 'http://a', secret-file: %s}"})
  void aSecretThatOthersMayReadIsToldAtTheStart(String webhook) throws Exception {
    Path file = secret("rw-r--r--");

    assertThatThrownBy(
            () -> read("uplift: {notify: {chat: {webhook: " + webhook.formatted(file) + "}}}"))
        .isInstanceOf(NotifySettingsException.class)
        .hasMessageContaining("-file: " + file + " may be read or written by others (mode 0644")
        .hasMessageContaining("chmod 600 " + file)
        .hasMessageNotContaining("s3cret");
  }

  private Path secret(String mode) throws IOException {
    Path file = Files.writeString(directory.resolve("url"), "https://chat.example.org/s3cret");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  private static Channels read(String yaml) throws IOException {
    StandardEnvironment environment = new StandardEnvironment();
    new YamlPropertySourceLoader()
        .load("test", new ByteArrayResource(yaml.getBytes()))
        .forEach(environment.getPropertySources()::addFirst);
    return new NotifyConfiguration().channels(environment);
  }
}
