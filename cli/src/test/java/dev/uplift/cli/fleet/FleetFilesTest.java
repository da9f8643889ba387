package dev.uplift.cli.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.cli.console.CommandFailure;
import dev.uplift.profile.yaml.FleetFile;
import dev.uplift.tenant.Tenant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FleetFilesTest {
  private static final String ONE =
      """
      hosts: {web-1: {}}   # ü
      tenants:
        acme: {app: cbapp, host: web-1, path: /srv/acme, ports: {api: 1, frontend: 2}}
      """;

  @TempDir private Path directory;

  @Test
  void aSingleFileIsSentAsItIs() throws IOException {
    assertThat(FleetFiles.read(List.of(file("one.yml", ONE)))).isEqualTo(ONE);
  }

  @Test
  void severalFilesAreOneFleet() throws IOException {
    Path one = file("one.yml", ONE);
    Path two = file("two.yml", ONE.replace("web-1", "web-2").replace("acme", "zeta"));

    assertThat(FleetFile.read(FleetFiles.read(List.of(one, two))).tenants())
        .extracting(Tenant::path)
        .containsExactly("/srv/acme", "/srv/zeta");
  }

  @Test
  void whatTwoFilesSayDifferentlyIsRefusedWithBoth() throws IOException {
    Path one = file("one.yml", ONE);
    Path two = file("two.yml", ONE.replace("web-1", "web-2"));

    assertThatThrownBy(() -> FleetFiles.read(List.of(one, two)))
        .isInstanceOf(CommandFailure.class)
        .hasMessage("tenants.acme is in " + one + " and in " + two + ", and not the same");
  }

  @Test
  void anAppMayStandInTheFileOfEachHost() throws IOException {
    String app =
        """
        apps: {shop: {database: a.db, services: ["{slug}"], health: [{url: "http://127.0.0.1:1/"}]}}
        """;

    assertThat(
            FleetFile.read(
                    FleetFiles.read(
                        List.of(file("one.yml", app + "hosts: {a: {}}"), file("two.yml", app))))
                .apps())
        .hasSize(1);
  }

  @Test
  void whatIsWrongInOneOfSeveralNamesThatFile() throws IOException {
    Path one = file("one.yml", ONE);
    Path two = file("two.yml", "tenants: {zeta: {app: cbapp}}");

    assertThatThrownBy(() -> FleetFiles.read(List.of(one, two)))
        .isInstanceOf(CommandFailure.class)
        .hasMessageStartingWith(two + ":1:");
  }

  private Path file(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }
}
