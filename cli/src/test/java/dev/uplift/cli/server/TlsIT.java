package dev.uplift.cli.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uplift.api.token.Scope;
import dev.uplift.api.token.Tokens;
import dev.uplift.cli.LauncherProcess;
import dev.uplift.cli.engine.Ports;
import dev.uplift.sandbox.LoopbackPorts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The API with a certificate of its own, for clients of both kinds. It needs no engine for that.
 */
@Tag("full")
@Timeout(240)
class TlsIT {
  private static final Duration START = Duration.ofSeconds(90);
  private static final String UNTRUSTED = "60";
  @TempDir private static Path directory;
  private static LauncherProcess api;
  private static String token;
  private static String url;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(isThere("openssl") && isThere("curl"), "there is no openssl or no curl");
    // A certificate of its own authority, as a company has one; "localhost" is the only name.
    openssl(
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-ca -keyout ca.key -out ca.pem");
    openssl("req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout api.key -out api.csr");
    Files.writeString(directory.resolve("names"), "subjectAltName=DNS:localhost\n");
    openssl(
        "x509 -req -in api.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names"
            + " -out api.pem");
    Path registry = directory.resolve("registry.db");
    token = Tokens.create(registry, "ops", Set.of(Scope.ADMIN), Duration.ofHours(1));
    int port = LoopbackPorts.free(1).get(0);
    url = "https://localhost:" + port;
    api =
        LauncherProcess.start(
            directory,
            "api",
            "--set",
            "uplift.port=" + port,
            "--set",
            "uplift.database=" + registry,
            "--set",
            "server.ssl.certificate=" + directory.resolve("api.pem"),
            "--set",
            "server.ssl.certificate-private-key=" + directory.resolve("api.key"));
    long deadline = System.nanoTime() + START.toNanos();
    while (!Ports.isServed(port)) {
      assertThat(System.nanoTime()).as("it says: %s", api.out()).isLessThan(deadline);
      Thread.sleep(100);
    }
  }

  @AfterAll
  static void stop() throws Exception {
    if (api != null) {
      api.close();
    }
  }

  @Test
  void aShellThatTrustsTheAuthorityGetsItsAnswerAndAnotherDoesNot() throws Exception {
    List<String> curl =
        List.of("curl", "-s", "-w", "%{exitcode}", "-H", "Authorization: Bearer " + token);

    assertThat(run(with(curl, "--cacert", "ca.pem", url + "/api/tenants")))
        .isEqualTo("{\"tenants\":[]}0");
    assertThat(run(with(curl, url + "/api/tenants"))).isEqualTo(UNTRUSTED);
    assertThat(run(with(curl, "--cacert", "ca.pem", url.replace("localhost", "127.0.0.1"))))
        .as("a name that the certificate does not have")
        .isEqualTo(UNTRUSTED);
  }

  @Test
  void theCommandLineTakesTheAuthorityAndSaysSoWhereItMisses() throws Exception {
    Path fleet = Files.writeString(directory.resolve("fleet.yml"), "hosts: {web-1: {}}\n");

    try (LauncherProcess untrusted = apply(Map.of(), fleet)) {
      assertThat(untrusted.exitCode(START)).isNotZero();
      assertThat(untrusted.err()).contains(url, "--ca-file").doesNotContain(token);
    }
    String ca = directory.resolve("ca.pem").toString();
    try (LauncherProcess trusted = apply(Map.of("UPLIFT_CA_FILE", ca), fleet)) {
      assertThat(trusted.exitCode(START)).as(trusted.err()).isZero();
      assertThat(trusted.out()).contains("web-1");
    }
    try (LauncherProcess notPem = apply(Map.of("UPLIFT_CA_FILE", fleet.toString()), fleet)) {
      assertThat(notPem.exitCode(START)).isNotZero();
      assertThat(notPem.err()).contains(fleet.toString());
    }
  }

  private static LauncherProcess apply(Map<String, String> more, Path fleet) throws IOException {
    Map<String, String> environment = new HashMap<>(more);
    environment.put("UPLIFT_URL", url);
    environment.put("UPLIFT_TOKEN", token);
    return LauncherProcess.start(directory, environment, "apply", fleet.toString());
  }

  private static boolean isThere(String program) throws Exception {
    return new ProcessBuilder("sh", "-c", "command -v " + program).start().waitFor() == 0;
  }

  private static void openssl(String arguments) throws Exception {
    run(with(List.of("openssl"), arguments.split(" ")));
  }

  private static List<String> with(List<String> command, String... arguments) {
    List<String> words = new ArrayList<>(command);
    words.addAll(List.of(arguments));
    return words;
  }

  private static String run(List<String> command) throws Exception {
    Process process = new ProcessBuilder(command).directory(directory.toFile()).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return text;
  }
}
