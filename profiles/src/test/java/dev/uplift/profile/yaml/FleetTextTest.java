package dev.uplift.profile.yaml;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FleetTextTest {
  @Test
  void aFleetIsWrittenAsPeopleWriteIt() {
    Fleet fleet =
        FleetFile.read(
            """
            hosts: {web-1: {labels: {rack: "7"}}}
            apps:
              shop:
                upstream: {url: "https://git.example.org/shop.git", credentials: {token_file: /etc/uplift/shop}}
                database: db/shop.db
                services: ["{slug}-api", "{slug}"]
                dependencies: [{type: python, requirements: requirements.txt}]
                migrations: {run: [venv/bin/python, "{script}"], scripts: [a.py]}
                health: [{url: "http://127.0.0.1:{api_port}/health", json: "/status=ok"}]
                timeouts: {health_deadline: 90s, migrations: PT1.5S}
                on_late_writes: hold
            tenants:
              acme: {app: shop, host: web-1, path: /srv/acme, ports: {api: 8001}}
            """);

    assertThat(FleetText.of(fleet))
        .isEqualTo(
            """
            hosts:
              web-1: {labels: {rack: '7'}}

            apps:
              shop:
                upstream: {url: 'https://git.example.org/shop.git', credentials: {token_file: /etc/uplift/shop}}
                database: db/shop.db
                services: ['{slug}-api', '{slug}']
                dependencies:
                  - {type: python, requirements: requirements.txt, venv: venv}
                migrations: {run: [venv/bin/python, '{script}'], scripts: [a.py]}
                health:
                  - {url: 'http://127.0.0.1:{api_port}/health', status: 200, json: /status=ok}
                timeouts: {health_deadline: 90s, health_window: 5s, health_interval: 100ms, probe: 2s, stop: 90s, migrations: 1500ms}
                rehearsal: {enabled: true}
                on_late_writes: hold

            tenants:
              acme: {app: shop, host: web-1, path: /srv/acme, ring: production, ports: {api: 8001}}
            """);
  }

  @Test
  void whatComesWithUpliftSurvivesTheWayThereAndBack() {
    AppName cbapp = AppName.of("cbapp");
    Fleet fleet =
        new Fleet(List.of(), Map.of(cbapp, ProfileReader.builtIn(cbapp).orElseThrow()), List.of());

    assertThat(FleetFile.read(FleetText.of(fleet))).isEqualTo(fleet);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.10",
        "NO",
        "no",
        "on",
        "010",
        "0x1F",
        "12:30",
        "1_000",
        "~",
        "null",
        "true",
        "2026-11-22",
        "",
        " ",
        " a",
        "a ",
        "a: b",
        "a #b",
        "#a",
        "- a",
        "-",
        "?",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a",
        "{a}",
        "[a]",
        "a,b",
        "'",
        "\"",
        "it's",
        "a\\b",
        "ümlaut",
        "日本",
        "😀",
        "a\nb",
        "a\tb",
        "\u0000",
        "\u0007",
        "\u0085",
        "\u00a0",
        "\u2028",
        "\ufeff",
        "=",
        "<<",
        "---",
        "..."
      })
  void aValueThatYamlWouldMisreadIsQuoted(String value) {
    Map<String, String> labels = new LinkedHashMap<>();
    labels.put("label", value);
    labels.put("x" + value, "value");
    Fleet fleet =
        new Fleet(
            List.of(new Host(HostName.of("1"), labels)),
            Map.of(),
            List.of(
                new Tenant(
                    Slug.of("007"),
                    "1",
                    HostName.of("1"),
                    "/srv/it's {a}, b: #c",
                    "test",
                    labels,
                    Map.of("on", 1))));

    assertThat(FleetFile.read(FleetText.of(fleet))).isEqualTo(fleet);
  }
}
