package dev.uplift.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SignatureTest {
  /** Messages of the tenants acme and zeta, and what of them is the same for both. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Migration scripts/a.py failed with exit code 1. | Migration scripts/a.py failed with exit code 1. | true",
        "Migration scripts/a.py failed with exit code 1. | Migration scripts/b.py failed with exit code 1. | false",
        "acme-api died.                                  | zeta-api died.                                  | true",
        "/srv/acme/db/pocket.db is locked                | /srv/zeta/db/pocket.db is locked                | true",
        "No answer after 61 s at http://127.0.0.1:4001/  | No answer after 60 s at http://127.0.0.1:4002/  | true",
        "found d733ea3, not e0b4363                      | found d733ea3, not 1c2d3e4                      | true",
        "acme is not what acmeville is                   | zeta is not what acmeville is                   | true",
        "the schema lacks person.city                    | the schema lacks person.phone                   | false",
      })
  void twoFailedAlikeIfNothingButTheTenantDiffers(String ofAcme, String ofZeta, boolean alike) {
    Signature acme = Signature.of("acme", failure(FailureKind.STEP_FAILED, ofAcme)).orElseThrow();
    Signature zeta = Signature.of("zeta", failure(FailureKind.STEP_FAILED, ofZeta)).orElseThrow();

    assertThat(acme.equals(zeta)).isEqualTo(alike);
  }

  @Test
  void theStepAndTheKindMakeADifference() {
    Signature one = Signature.of("a", failure(FailureKind.START_FAILED, "no")).orElseThrow();
    Signature other = Signature.of("a", failure(FailureKind.CRASH_LOOP, "no")).orElseThrow();
    Signature elsewhere =
        Signature.of("a", new Failure("CheckHealth", FailureKind.START_FAILED, "no", null, null))
            .orElseThrow();

    assertThat(one).isNotEqualTo(other).isNotEqualTo(elsewhere);
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "HOST_UNREACHABLE",
        "BUSY",
        "DIRTY_CHECKOUT",
        "DISK_FULL",
        "WRONG_OWNER",
        "TAG_MISSING"
      })
  void whatIsWrongWithOneTenantOrHostSaysNothingOfTheOthers(FailureKind kind) {
    assertThat(Signature.of("a", failure(kind, "no"))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"InspectTenant, false", "CheckHealth, true"})
  void illHealthSaysSomethingOfTheReleaseOnlyAfterIt(String step, boolean ofTheRelease) {
    Failure ill = new Failure(step, FailureKind.UNHEALTHY, "It answers 500.", null, null);

    assertThat(Signature.of("a", ill).isPresent()).isEqualTo(ofTheRelease);
  }

  @Test
  void withoutAFailureThereIsNone() {
    assertThat(Signature.of("a", null)).isEmpty();
  }

  private static Failure failure(FailureKind kind, String message) {
    return new Failure("RunMigrations", kind, message, "differs", "differs");
  }
}
