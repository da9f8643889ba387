package dev.uplift.discover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamingTest {
  @ParameterizedTest
  @CsvSource({
    "acme,     acme-api acme-frontend,     acme,     api frontend",
    "acme,     acme,                       acme,     ''",
    "acme,     acme acme-worker,           acme,     ' worker'",
    "acme,     acme-api acme-api-worker,   acme,     api api-worker",
    "acme-one, acme-one-api,               acme-one, api",
    "site,     acme-api acme-frontend,     acme,     api frontend",
    "acme-api, acme-api acme-frontend,     acme,     api frontend",
    "site,     acme-one-api acme-one-web,  acme-one, api web",
    "site,     acme-api,                   acme,     api",
    "site,     acme,                       acme,     ''",
  })
  void theUnitsAndTheDirectoryGiveTheSlug(
      String directory, String units, String slug, String suffixes) {
    Naming naming = Naming.of(directory, List.of(units.split(" ")));

    assertThat(naming.slug()).hasToString(slug);
    assertThat(naming.suffixes()).containsExactly(suffixes.split(" ", -1));
    assertThat(naming.note() == null).isEqualTo(directory.equals(slug));
  }

  @ParameterizedTest
  @CsvSource({
    "acme, api-acme web-acme",
    "acme, shop@acme",
    "acme, acme_api",
    "acme, Acme-api",
    "a-name-of-more-than-thirty-one-letters, a-name-of-more-than-thirty-one-letters-api"
  })
  void unitsThatUpliftCouldNotNameAreRefused(String directory, String units) {
    assertThatThrownBy(() -> Naming.of(directory, List.of(units.split(" "))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aSingleUnitInADirectoryOfAnotherNameLeavesTwoReadings() {
    assertThat(Naming.of("site", List.of("acme-api")).note()).contains("acme or acme-api", "site");
  }
}
