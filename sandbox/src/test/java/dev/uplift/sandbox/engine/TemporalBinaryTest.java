package dev.uplift.sandbox.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.uplift.sandbox.SandboxException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemporalBinaryTest {
  private static final String SITE = "io.temporal.testing.devServerDownloadBaseUrl";

  @TempDir Path home;
  private HttpServer site;
  private final List<String> progress = new ArrayList<>();

  /** A download site that has nothing. */
  @BeforeEach
  void startSite() throws IOException {
    site = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    site.start();
    System.setProperty(SITE, "http://127.0.0.1:" + site.getAddress().getPort());
  }

  @AfterEach
  void stopSite() {
    System.clearProperty(SITE);
    site.stop(0);
  }

  @Test
  void theProgramOnThePathGoesBeforeTheCacheAndTheCacheBeforeGo() throws IOException {
    Path ofGo = program("go/bin/temporal", "");
    assertThat(binary("").find()).hasValue(ofGo);
    Path cached = program(".cache/uplift/temporal", "");
    assertThat(binary("").find()).hasValue(cached);
    Path onPath = program("bin/temporal", "");
    assertThat(binary(home.resolve("nothing") + ":" + home.resolve("bin")).find()).hasValue(onPath);
    assertThat(binary(home.resolve("bin").toString()).install(progress::add)).isEqualTo(onPath);
    assertThat(progress).isEmpty();
  }

  @Test
  void aFileThatCannotBeRunIsNoProgram() throws IOException {
    Files.createDirectories(home.resolve("bin"));
    Files.writeString(home.resolve("bin/temporal"), "");

    assertThat(binary(home.resolve("bin").toString()).find()).isEmpty();
  }

  @Test
  void withoutADownloadGoBuildsItIntoTheCache() throws IOException {
    program(
        "tools/go",
        "[ \"$1\" = install ] && printf '#!/bin/sh\\n' > \"$GOBIN/temporal\" && chmod +x \"$GOBIN/temporal\"");
    Path cache = home.resolve("my cache");
    TemporalBinary binary =
        new TemporalBinary(
            Map.of("PATH", home.resolve("tools").toString(), "UPLIFT_CACHE", cache.toString()),
            home);

    Path installed = binary.install(progress::add);

    assertThat(installed).isEqualTo(cache.resolve("temporal")).isExecutable();
    assertThat(binary.find()).hasValue(installed);
    assertThat(progress).hasSize(2).last().asString().contains("Go");
  }

  @Test
  void whenNothingWorksItSaysWhatWasTriedAndWhatToDo() {
    site.stop(0);

    assertThatThrownBy(() -> binary("").install(progress::add))
        .isInstanceOf(SandboxException.class)
        .hasMessageContaining("cannot be reached")
        .hasMessageContaining("Go is not on the PATH")
        .hasMessageContaining(home.resolve(".cache/uplift/temporal").toString());
    assertThat(progress).isEmpty();
  }

  private TemporalBinary binary(String path) {
    return new TemporalBinary(Map.of("PATH", path), home);
  }

  private Path program(String name, String script) throws IOException {
    Path program = home.resolve(name);
    Files.createDirectories(program.getParent());
    Files.writeString(program, "#!/bin/sh\n" + script + "\n");
    assertThat(program.toFile().setExecutable(true)).isTrue();
    return program;
  }
}
