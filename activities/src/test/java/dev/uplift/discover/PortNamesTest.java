package dev.uplift.discover;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PortNamesTest {
  private static final Map<String, Integer> SHARED =
      Map.of("API_PORT", 8001, "FRONTEND_PORT", 8002, "REDIS_PORT", 6379);

  @Test
  void unitsThatDoNotRunHaveThePortsOfTheirSettings() {
    PortNames found =
        PortNames.of(
            List.of(unit("acme-api"), unit("acme-frontend")), List.of("api", "frontend"), SHARED);

    assertThat(found.ports()).containsExactly(Map.entry("api", 8001), Map.entry("frontend", 8002));
    assertThat(found.notes()).isEmpty();
  }

  @Test
  void whereAProcessListensIsBelievedBeforeASetting() {
    PortNames found = PortNames.of(List.of(unit("acme-api", 9001)), List.of("api"), SHARED);

    assertThat(found.ports()).containsExactly(Map.entry("api", 9001));
    assertThat(found.notes()).containsExactly("acme-api listens on 9001, but API_PORT says 8001");
  }

  @Test
  void aFurtherPortThatHasANameIsKept() {
    PortNames found =
        PortNames.of(
            List.of(unit("acme-api", 8001, 9100)),
            List.of("api"),
            Map.of("API_PORT", 8001, "METRICS_PORT", 9100));

    assertThat(found.ports()).containsExactly(Map.entry("api", 8001), Map.entry("metrics", 9100));
  }

  @Test
  void severalPortsWithoutANameAreForAPerson() {
    PortNames found = PortNames.of(List.of(unit("acme-api", 8001, 9100)), List.of("api"), Map.of());

    assertThat(found.ports()).containsExactly(Map.entry("api", 8001));
    assertThat(found.notes()).containsExactly("acme-api listens on several ports: [8001, 9100]");
  }

  @Test
  void portAloneBelongsToTheUnitThatSetsIt() {
    FoundUnit api = unit("acme-api", Map.of("PORT", 8001), Set.of());
    FoundUnit web = unit("acme-web-app", Map.of("PORT", 8002), Set.of());

    assertThat(PortNames.of(List.of(api, web), List.of("api", "web-app"), Map.of()).ports())
        .containsExactly(Map.entry("api", 8001), Map.entry("web_app", 8002));
    assertThat(
            PortNames.of(
                    List.of(unit("acme"), unit("acme-job")),
                    List.of("", "job"),
                    Map.of("PORT", 8001))
                .ports())
        .isEmpty();
  }

  @Test
  void theOnlyServiceMayReadItFromTheSharedFileOrItsCommand() {
    assertThat(PortNames.of(List.of(unit("acme")), List.of(""), Map.of("PORT", 8001)).ports())
        .containsExactly(Map.entry("http", 8001));
    FoundUnit byCommand = unit("acme", Map.of(), Set.of(8003));
    assertThat(PortNames.of(List.of(byCommand), List.of(""), Map.of()).ports())
        .containsExactly(Map.entry("http", 8003));
  }

  @Test
  void onlyPortsAreReadFromSettings() {
    assertThat(
            PortSettings.of(
                Stream.of(
                    "API_PORT=8001",
                    " export WEB_PORT = \"8002\"  # the page",
                    "PORT='80'",
                    "TRANSPORT=7",
                    "#OLD_PORT=1",
                    "BIG_PORT=70000",
                    "PORT_TOKEN=12345",
                    "X_PORT=abc")))
        .containsOnly(
            Map.entry("API_PORT", 8001), Map.entry("WEB_PORT", 8002), Map.entry("PORT", 80));
  }

  @Test
  void portsOfCommandsAreToldFromOtherNumbers() {
    assertThat(command("venv/bin/gunicorn --bind=127.0.0.1:8001 -w 4 app:app"))
        .containsExactly(8001);
    assertThat(command("uvicorn app:app --port 8002 --workers 2000")).containsExactly(8002);
    assertThat(command("python manage.py runserver 0.0.0.0:8003")).containsExactly(8003);
    assertThat(command("gunicorn -b [::]:8004")).containsExactly(8004);
    assertThat(command("node server.js --http-port=8005")).containsExactly(8005);
    assertThat(command("node server.js 8006")).isEmpty();
  }

  @Test
  void listenersAreReadFromTheKernelsTable() {
    String table =
        """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 0100007F:1F41 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 100 0 0 10 0
           1: 0100007F:1F42 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0 20 4 0 10 -1
        """;

    assertThat(ListeningPorts.listeners(table.lines())).containsOnly(Map.entry("4711", 8001));
  }

  private static Set<Integer> command(String line) {
    return PortSettings.ofCommand(List.of(line.split(" ")));
  }

  private static FoundUnit unit(String name, Integer... listening) {
    return new FoundUnit(
        name,
        Path.of("/x"),
        Set.of(),
        null,
        false,
        List.of(),
        true,
        true,
        Map.of(),
        Set.of(),
        Set.of(listening));
  }

  private static FoundUnit unit(String name, Map<String, Integer> settings, Set<Integer> command) {
    return new FoundUnit(
        name,
        Path.of("/x"),
        Set.of(),
        null,
        false,
        List.of(),
        false,
        true,
        settings,
        command,
        Set.of());
  }
}
