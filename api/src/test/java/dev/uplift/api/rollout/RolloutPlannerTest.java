package dev.uplift.api.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.profile.yaml.StrictJson;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RolloutPlannerTest {
  private static final List<Tenant> FLEET =
      List.of(
          tenant("acme", "production", "one", "eu"),
          tenant("bolt", "production", "two", "us"),
          tenant("canary", "canary", "one", "eu"),
          tenant("dodo", "canary", "two", "us"),
          tenant("testsite", "test", "one", "eu"));
  private static final List<Tenant> ONLY_PRODUCTION = FLEET.subList(0, 2);

  /**
   * What is asked for, and who comes in which wave; a wave that the others wait for has a colon.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{}                                     | testsite: canary: dodo,acme,bolt",
        "{'ring': 'production'}                 | acme: bolt",
        "{'ring': 'test'}                       | testsite",
        "{'host': 'two'}                        | dodo: bolt",
        "{'labels': {'region': 'us'}}           | dodo: bolt",
        "{'tenants': ['bolt', 'testsite']}      | testsite: bolt",
        "{'waves': [{'tenants': ['testsite']}, {'ring': 'canary'}, {'tenants': ['acme']}, {'tenants': ['bolt']}]} | testsite: canary,dodo: acme bolt",
        "{'waves': [{'tenants': ['bolt']}, {'tenants': ['testsite']}, {'tenants': ['acme', 'dodo']}], 'tenants': ['acme', 'bolt', 'dodo', 'testsite']} | bolt: testsite: acme,dodo",
        "{'waves': [{'tenants': ['bolt']}, {'ring': 'production'}], 'ring': 'production'} | bolt: acme",
        "{'waves': [{'ring': 'production', 'count': 1}, {'ring': 'production'}], 'ring': 'production'} | acme: bolt",
        "{'waves': [{'ring': 'production'}, {'tenants': ['acme']}], 'ring': 'production'} | bolt: acme",
      })
  void wavesAreWhatIsAskedForOrElseThoseOfTheRings(String request, String waves) {
    assertThat(
            RolloutPlanner.plan(request(request), FLEET).stream()
                .map(
                    wave ->
                        wave.tenants().stream()
                                .map(tenant -> tenant.id().value())
                                .collect(Collectors.joining(","))
                            + (wave.gate() ? ":" : ""))
                .collect(Collectors.joining(" ")))
        .isEqualTo(waves);
  }

  @Test
  void withoutACanaryRingOneOfProductionIsTheCanary() {
    assertThat(RolloutPlanner.plan(request("{}"), ONLY_PRODUCTION))
        .extracting(wave -> wave.name() + " " + wave.tenants().size() + " " + wave.gate())
        .containsExactly("canary 1 true", "the others 1 false");
  }

  @Test
  void hostsTakeTurns() {
    List<Tenant> fleet =
        List.of(
            tenant("a", "production", "one", "eu"),
            tenant("b", "production", "one", "eu"),
            tenant("c", "production", "one", "eu"),
            tenant("d", "production", "two", "eu"),
            tenant("e", "production", "three", "eu"));

    assertThat(RolloutPlanner.plan(request("{}"), fleet).get(1).tenants())
        .extracting(tenant -> tenant.id().value())
        .containsExactly("b", "d", "e", "c");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'tenants': ['nobody', 'acme']}  | tenants: not registered: nobody",
        "{'labels': {'region': 'asia'}}   | no tenant is selected, of the 5 that are registered",
        "{'app': 'other'}                 | no tenant is selected",
        "{'ring': 'test', 'host': 'two'}  | no tenant is selected",
        "{'waves': [{'tenants': ['acme']}]} | waves: selected, but in none of them: bolt, canary, dodo, testsite",
        "{'ring': 'test', 'waves': [{'tenants': ['acme']}]} | waves: not selected: acme",
        "{'ring': 'test', 'waves': [{'ring': 'canary'}]} | waves: no tenant is left for wave 1",
      })
  void whatDoesNotFitTheFleetIsRefused(String request, String why) {
    assertThatThrownBy(() -> RolloutPlanner.plan(request(request), FLEET))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(why);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'tenants': ['acme', 'acme']} | tenants: acme is there twice",
        "{'ring': 'prod'}              | ring: must be test, canary or production, but is 'prod'",
        "{'max_concurrency': 0}        | max_concurrency: must be between 1 and 200",
        "{'max_concurrency': -1}       | max_concurrency: must be between 1 and 200",
        "{'max_concurrency_per_host': 0} | max_concurrency_per_host: must be between 1 and 200",
        "{'max_failures': '101%'}      | max_failures: at most 100%",
        "{'max_failures': 'some'}      | max_failures: a number of tenants like 3",
        "{'max_failures': -1}          | max_failures: must not be negative",
        "{'bake_seconds': -1}          | bake_seconds: must be between 0 and 2592000",
        "{'on_failure': 'stop'}        | on_failure: must be halt or continue",
        "{'waves': []}                 | waves: must not be empty",
        "{'waves': [{}]}               | waves: each needs either tenants or a ring",
        "{'waves': [{'ring': 'test', 'tenants': ['acme']}]} | waves: each needs either tenants or a ring",
        "{'waves': [{'tenants': ['acme'], 'count': 1}]} | count: only with a ring",
        "{'waves': [{'ring': 'test', 'count': 0}]} | count: must be at least 1",
        "{'waves': [{'tenants': ['acme']}, {'tenants': ['acme']}]} | waves: acme is there twice",
        "{'max_failure': 1}            | max_failure",
      })
  void whatMakesNoSenseIsRefusedByName(String request, String why) {
    assertThatThrownBy(() -> request(request)).hasMessageContaining(why);
  }

  @Test
  void withoutAnythingTheFirstFailureHalts() {
    assertThat(request("{}").limits().maxFailures().tolerated(1000)).isZero();
    assertThat(request("{}").limits().halts()).isTrue();
    assertThat(request("{'max_failures': '10%'}").limits().maxFailures().tolerated(40))
        .isEqualTo(4);
    assertThat(request("{'max_failures': 3}").limits().maxFailures().tolerated(40)).isEqualTo(3);
    assertThat(request("{'on_failure': 'continue'}").limits().halts()).isFalse();
  }

  private static RolloutRequest request(String json) {
    return StrictJson.read("body", json.replace('\'', '"')).bind(RolloutRequest.class);
  }

  private static Tenant tenant(String id, String ring, String host, String region) {
    return new Tenant(
        Slug.of(id),
        "cbapp",
        HostName.of(host),
        "/srv/" + id,
        ring,
        Map.of("region", region),
        Map.of());
  }
}
