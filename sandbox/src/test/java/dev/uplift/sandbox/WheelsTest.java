package dev.uplift.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.sandbox.SampleApp.Package;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WheelsTest {
  private static final SampleApp APP = SampleApp.load();

  @TempDir Path temporary;

  @Test
  void theSameInputMakesTheSameBytes() throws IOException {
    assertThat(new Wheels(2).wheel(http())).isEqualTo(new Wheels(2).wheel(http()));
  }

  @Test
  void aVersionHasWhatTheVersionsBeforeItHave() throws IOException {
    Map<String, String> wheel = content(new Wheels(0).wheel(http()));

    assertThat(wheel)
        .containsKeys("cb_http/__init__.py", "cb_http/message.py", "cb_http/server.py");
    assertThat(wheel.get("cb_http/version.py")).contains("1.2.0");
    assertThat(wheel.get("cb_http-1.2.0.dist-info/METADATA"))
        .contains("Name: cb-http\n", "Version: 1.2.0\n", "Requires-Dist: cb-log>=1.0\n");
    assertThat(wheel).doesNotContainKey("requires.txt");
  }

  @Test
  void theRecordNamesEveryFileOnce() throws IOException {
    Map<String, String> wheel = content(new Wheels(3).wheel(http()));

    List<String> named =
        wheel
            .get("cb_http-1.2.0.dist-info/RECORD")
            .lines()
            .map(line -> line.split(",")[0])
            .toList();
    assertThat(named).containsExactlyInAnyOrderElementsOf(wheel.keySet());
  }

  @Test
  void theRecordHasTheHashAndSizeOfEveryFile() throws Exception {
    Map<String, String> wheel = content(new Wheels(1).wheel(http()));

    for (String line : wheel.get("cb_http-1.2.0.dist-info/RECORD").lines().toList()) {
      String[] columns = line.split(",", 3);
      if (!columns[0].endsWith("/RECORD")) {
        Path file = Files.writeString(temporary.resolve("file"), wheel.get(columns[0]));
        String hex = Tool.in(temporary, Map.of(), "sha256sum", "file").run().split(" ")[0];
        byte[] hash = Base64.getUrlDecoder().decode(columns[1].substring("sha256=".length()));
        assertThat(HexFormat.of().formatHex(hash)).as(columns[0]).isEqualTo(hex);
        assertThat(columns[2]).isEqualTo(Long.toString(Files.size(file)));
      }
    }
  }

  @Test
  void paddingAddsModulesThatPythonAccepts() throws IOException {
    Map<String, String> padded = content(new Wheels(7).wheel(http()));
    Set<String> added = new TreeSet<>(padded.keySet());
    added.removeAll(content(new Wheels(0).wheel(http())).keySet());

    assertThat(added).hasSize(7).allMatch(path -> path.startsWith("cb_http/generated/"));
    assertThat(
            Tool.in(
                    temporary,
                    Map.of(),
                    "python3",
                    "-c",
                    padded.get("cb_http/generated/module_00005.py")
                        + "\nprint(VERSION, value_0(5, 2)['total'])")
                .run()
                .strip())
        .isEqualTo("1.2.0 11");
  }

  @Test
  void thereIsAWheelForEveryPinOfEveryReleaseButOne() throws IOException {
    new Wheels(0).writeAll(APP, temporary);
    Set<String> wheels;
    try (Stream<Path> files = Files.list(temporary)) {
      wheels = files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
    }

    Map<String, String> missing = new TreeMap<>();
    for (SampleApp.Release release : APP.releases()) {
      String pins =
          new String(APP.tree(release.tag()).get("requirements.txt"), StandardCharsets.UTF_8);
      pins.lines()
          .map(pin -> pin.replace('-', '_').replace("==", "-") + "-py3-none-any.whl")
          .filter(wheel -> !wheels.contains(wheel))
          .forEach(wheel -> missing.put(release.tag(), wheel));
    }
    assertThat(missing)
        .containsExactly(
            Map.entry("v0.4.0-requirement-unknown", "cb_geocoder-0.1.0-py3-none-any.whl"));
  }

  @Test
  void pipInstallsThePinsOfReleasesWithoutANetwork() throws IOException {
    Path wheels = temporary.resolve("wheels");
    new Wheels(0).writeAll(APP, wheels);
    for (String tag : List.of("v0.1.0", "v0.3.0")) {
      Path requirements = temporary.resolve(tag + ".txt");
      Files.write(requirements, APP.tree(tag).get("requirements.txt"));
      Path target = temporary.resolve(tag);
      Tool.in(
              temporary,
              Map.of("PIP_NO_INDEX", "1", "PIP_FIND_LINKS", wheels.toString()),
              "python3",
              "-m",
              "pip",
              "install",
              "--quiet",
              "--target",
              target.toString(),
              "--requirement",
              requirements.toString())
          .run();
      assertThat(target.resolve("cb_http/server.py")).isRegularFile();
    }
  }

  private static Package http() {
    return APP.packages().stream()
        .filter(each -> each.name().equals("cb-http") && each.version().equals("1.2.0"))
        .findFirst()
        .orElseThrow();
  }

  private static Map<String, String> content(byte[] wheel) throws IOException {
    Map<String, String> content = new TreeMap<>();
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(wheel))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        content.put(entry.getName(), new String(zip.readAllBytes(), StandardCharsets.UTF_8));
      }
    }
    return content;
  }
}
