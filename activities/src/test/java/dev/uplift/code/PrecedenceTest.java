package dev.uplift.code;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.release.Tag;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PrecedenceTest {
  @Test
  void numbersAreComparedAsNumbers() {
    assertThat(Precedence.latest(tags("v0.9.0", "v0.10.0", "v0.2.0"))).contains(Tag.of("v0.10.0"));
  }

  @Test
  void preReleasesAreNeverTheLatest() {
    assertThat(Precedence.latest(tags("v1.0.0-rc.1", "v0.1.0"))).contains(Tag.of("v0.1.0"));
    assertThat(Precedence.latest(tags("v1.0.0-rc.1"))).isEmpty();
    assertThat(Precedence.highest(tags("v1.0.0-rc.1", "v0.1.0"))).contains(Tag.of("v1.0.0-rc.1"));
  }

  @Test
  void theExampleOfTheSpecificationIsInOrder() {
    List<Tag> ordered =
        tags(
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0");
    for (int i = 1; i < ordered.size(); i++) {
      assertThat(Precedence.compare(ordered.get(i - 1), ordered.get(i)).orElseThrow())
          .as("%s before %s", ordered.get(i - 1), ordered.get(i))
          .isNegative();
    }
    assertThat(Precedence.compare(Tag.of("v1.0.0"), Tag.of("1.0.0"))).contains(0);
  }

  @Test
  void whatIsNotSemVerHasNoOrder() {
    List<Tag> others = tags("v1", "v1.2", "2025.01", "1.2.3.4", "01.2.3", "99999999999999.0.0.1");

    assertThat(Precedence.latest(others)).isEmpty();
    assertThat(Precedence.compare(others.get(0), Tag.of("v1.0.0"))).isEmpty();
  }

  @Test
  void hugeNumbersDoNoHarm() {
    assertThat(Precedence.latest(tags("v99999999999999999999.0.0", "v1.0.0"))).isPresent();
  }

  @Test
  void theBaseOfADescriptionIsItsTag() {
    assertThat(Precedence.base("v0.2.0-3-g295fb7f")).contains(Tag.of("v0.2.0"));
    assertThat(Precedence.base("v0.2.0-rc.1-3-g295fb7f")).contains(Tag.of("v0.2.0-rc.1"));
    assertThat(Precedence.base("v0.2.0")).contains(Tag.of("v0.2.0"));
    assertThat(Precedence.base("nightly-3-g295fb7f")).isEmpty();
  }

  private static List<Tag> tags(String... names) {
    return Stream.of(names).map(Tag::of).toList();
  }
}
