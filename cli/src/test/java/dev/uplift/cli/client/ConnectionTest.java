package dev.uplift.cli.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.cli.console.CommandFailure;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionTest {
  @TempDir private Path home;
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void useTemporaryHome() {
    environment.put("HOME", home.toString());
  }

  @Test
  void anOptionWinsOverTheEnvironmentWhichWinsOverTheFile() throws IOException {
    configFile("url: http://file.example.org\ntoken: from-file\n");

    assertThat(Connection.resolve(null, null, null, environment))
        .isEqualTo(new Connection(URI.create("http://file.example.org"), "from-file"));

    environment.put("UPLIFT_URL", "http://environment.example.org");
    environment.put("UPLIFT_TOKEN", "from-environment");
    assertThat(Connection.resolve(null, null, null, environment))
        .isEqualTo(
            new Connection(URI.create("http://environment.example.org"), "from-environment"));

    assertThat(Connection.resolve("http://option.example.org/", "from-option", null, environment))
        .isEqualTo(new Connection(URI.create("http://option.example.org"), "from-option"));
  }

  @Test
  void theAuthorityOfAServerIsFoundInTheSameWay() throws IOException {
    configFile("url: https://file.example.org\ntoken: t\nca_file: /etc/file.pem\n");
    assertThat(Connection.resolve(null, null, null, environment).caFile())
        .isEqualTo(Path.of("/etc/file.pem"));

    environment.put("UPLIFT_CA_FILE", "/etc/environment.pem");
    assertThat(Connection.resolve(null, null, null, environment).caFile())
        .isEqualTo(Path.of("/etc/environment.pem"));
    assertThat(Connection.resolve(null, null, "/etc/option.pem", environment).caFile())
        .isEqualTo(Path.of("/etc/option.pem"));
  }

  @Test
  void withoutAnyUrlTheServerIsTheOneOfThisMachine() {
    assertThat(Connection.resolve(null, "t", null, environment).url())
        .isEqualTo(URI.create("http://127.0.0.1:32201"));
  }

  @Test
  void aMissingTokenIsToldWithWhereToPutOne() {
    assertThatThrownBy(() -> Connection.resolve(null, null, null, environment))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("UPLIFT_TOKEN")
        .hasMessageContaining(home.resolve(".config/uplift/config.yml").toString());
  }

  @Test
  void aTypoInTheFileIsToldWithItsLine() throws IOException {
    configFile("url: http://file.example.org\ntokn: secret\n");

    assertThatThrownBy(() -> Connection.resolve(null, null, null, environment))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("config.yml:2:")
        .hasMessageContaining("tokn")
        .hasMessageNotContaining("secret");
  }

  @Test
  void theDirectoryForConfigurationMayBeElsewhere() {
    environment.put("XDG_CONFIG_HOME", "/etc/xdg");

    assertThat(Connection.configFile(environment)).isEqualTo(Path.of("/etc/xdg/uplift/config.yml"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost:32201",
        "ftp://example.org",
        "http://",
        "http://me:pw@example.org",
        ":"
      })
  void whatIsNoAddressOfAServerIsRefused(String url) {
    assertThatThrownBy(() -> Connection.resolve(url, "t", null, environment))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("'" + url + "'");
  }

  @Test
  void theTokenIsNotShown() {
    assertThat(new Connection(URI.create("http://example.org"), "secret").toString())
        .doesNotContain("secret");
  }

  private void configFile(String text) throws IOException {
    Path file = Connection.configFile(environment);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
