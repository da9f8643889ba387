package dev.uplift.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmptyEnvironmentTest {
  @TempDir private Path directory;
  private Path cache;

  @BeforeEach
  void noCacheYet() {
    cache = directory.resolve("not/there/yet");
  }

  @Test
  void isMadeOnceAndWorksWhereverItIsCopied() throws Exception {
    EmptyEnvironment.create(directory.resolve("first"), cache);
    Files.writeString(kept().resolve("mark"), "the kept one");
    EmptyEnvironment.create(directory.resolve("the second"), cache);

    assertThat(directory.resolve("first/mark")).doesNotExist();
    assertThat(directory.resolve("the second/mark")).hasContent("the kept one");
    for (String name : List.of("first", "the second")) {
      Path place = directory.resolve(name);
      assertThat(run(place.resolve("bin/python"), "-c", "import sys; print(sys.prefix)"))
          .isEqualTo(place.toString());
      assertThat(run(place.resolve("bin/pip"), "--version")).contains(" from " + place + "/lib/");
    }
  }

  @Test
  @Tag("full")
  void whatWasNotFinishedIsMadeAnew() throws Exception {
    EmptyEnvironment.create(directory.resolve("first"), cache);
    Path kept = kept();
    Files.delete(cache.resolve(kept.getFileName() + ".complete"));
    Files.delete(kept.resolve("pyvenv.cfg"));
    EmptyEnvironment.create(directory.resolve("the second"), cache);

    assertThat(directory.resolve("the second/pyvenv.cfg"))
        .content()
        .contains(directory + "/the second");
  }

  @Test
  @Tag("full")
  void isMadeInItsPlaceWhereNothingCanBeKept() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "no directory");
    EmptyEnvironment.create(directory.resolve("venv"), file.resolve("cache"));

    assertThat(run(directory.resolve("venv/bin/pip"), "--version")).startsWith("pip ");
  }

  private Path kept() throws IOException {
    try (Stream<Path> entries = Files.list(cache)) {
      return entries.filter(Files::isDirectory).findFirst().orElseThrow();
    }
  }

  private String run(Path program, String... words) {
    List<String> all = Stream.concat(Stream.of(program.toString()), Stream.of(words)).toList();
    return new Tool(directory, Map.of(), all).run().strip();
  }
}
