package dev.uplift.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.backup.StoredKind;
import dev.uplift.retention.Item.Standing;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetentionTest {
  private static final Instant NOW = Instant.parse("2026-12-01T12:00:00Z");
  private static final long NO_CAP = Long.MAX_VALUE;

  /** Backups b1 to b8 of 10 bytes each; bN was made N times ten days ago, b1 is the newest. */
  @ParameterizedTest
  @CsvSource({
    // count, days, bytes: kept
    "5, 30, 1000, b1 b2 b3 b4 b5", // the newest five; all younger than 30 days are among them
    "1, 30, 1000, b1 b2", // b3 is exactly 30 days old, which is not younger
    "1, 31, 1000, b1 b2 b3",
    "0, 0, 1000, b1", // nothing is asked for: the last good one
    "8, 0, 1000, b1 b2 b3 b4 b5 b6 b7 b8",
    "8, 365, 40, b1 b2 b3 b4", // 40 bytes are not more than 40
    "8, 365, 39, b1 b2 b3",
    "8, 365, 0, b1", // the last good one even if it alone is too large
  })
  void countAgeAndBytesDecide(int count, int days, long bytes, String kept) {
    List<Item> items = new ArrayList<>();
    for (int n = 8; n >= 1; n--) {
      items.add(backup("b" + n, 9 - n, NOW.minus(Duration.ofDays(10L * n)), 10));
    }

    assertThat(kept(policy(count, days, bytes), items, NOW)).containsExactly(kept.split(" "));
  }

  @Test
  void everyVerdictSaysWhy() {
    List<Item> items =
        List.of(
            backup("b1", 5, NOW.minus(Duration.ofDays(1)), 10),
            backup("b2", 4, NOW.minus(Duration.ofDays(40)), 10),
            backup("b3", 3, NOW.minus(Duration.ofDays(20)), 10),
            backup("b4", 2, NOW.minus(Duration.ofDays(50)), 10),
            backup("b5", 1, NOW.minus(Duration.ofDays(60)), 10));

    assertThat(reasons(policy(2, 30, 40), items))
        .containsExactly(
            "b1 the last good backup",
            "b2 one of the newest 2",
            "b3 younger than 30 days",
            "b4 older than 30 days",
            "b5 with the newer ones it has more than 40 bytes");
  }

  @Test
  void whatIsAlteredOrNamedByNoManifestIsNeitherDeletedNorCounted() {
    List<Item> items =
        List.of(
            untouchable("b1", 3, "it has no manifest"),
            untouchable("b2", 2, "its manifest was changed"),
            backup("b3", 1, NOW.minus(Duration.ofDays(400)), 10));

    assertThat(reasons(policy(0, 0, 0), items))
        .containsExactly(
            "b1 it has no manifest", "b2 its manifest was changed", "b3 the last good backup");
  }

  @Test
  void whatSomethingHoldsStaysWhateverTheLimitsAre() {
    List<Item> items =
        List.of(
            backup("b1", 3, NOW, 10),
            held("b2", 2, "the last success is rolled back with it"),
            backup("b3", 1, NOW.minus(Duration.ofDays(1)), 10));

    assertThat(reasons(policy(0, 0, 0), items))
        .containsExactly(
            "b1 the last good backup",
            "b2 the last success is rolled back with it",
            "b3 with the newer ones it has more than 0 bytes");
  }

  @Test
  void leftoversGoUnlessTheirUpgradeIsNotOver() {
    Item leftover = item("l1", Standing.LEFTOVER, "its deletion was cut off", null);
    Item open = item("l2", Standing.LEFTOVER, "its deletion was cut off", "upgrade is not over");

    assertThat(reasons(policy(5, 30, NO_CAP), List.of(leftover, open)))
        .containsExactlyInAnyOrder("l1 its deletion was cut off", "l2 upgrade is not over");
    assertThat(kept(policy(5, 30, NO_CAP), List.of(leftover, open), NOW)).containsExactly("l2");
  }

  @Test
  void aBackupMadeAfterTheClockWasSetBackIsTheNewestAllTheSame() {
    List<Item> items =
        List.of(
            backup("before", 7, NOW.plus(Duration.ofDays(1)), 10),
            backup("after", 8, NOW.minus(Duration.ofDays(90)), 10));

    Instant caughtUp = NOW.plus(Duration.ofDays(2));
    assertThat(kept(policy(1, 0, NO_CAP), items, caughtUp)).containsExactly("after");
  }

  @Test
  void onlyOfBackupsTheLastOneIsKeptInAnyCase() {
    Item failed =
        new Item(
            StoredKind.FAILED_DATABASE,
            "f1",
            0,
            NOW.minus(Duration.ofDays(90)),
            10,
            Standing.GOOD,
            null,
            null);

    assertThat(kept(policy(0, 30, NO_CAP), List.of(failed), NOW)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void whateverIsThereTheRulesHold(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 500; round++) {
      List<Item> items = anything(random);
      RetentionPolicy policy =
          policy(random.nextInt(4), random.nextInt(40), random.nextInt(5) * 25L);

      List<Verdict> verdicts = Retention.decide(policy, items, NOW);

      assertThat(verdicts).extracting(Verdict::item).containsExactlyInAnyOrderElementsOf(items);
      List<Item> deleted =
          verdicts.stream().filter(verdict -> !verdict.keep()).map(Verdict::item).toList();
      assertThat(deleted)
          .as("seed %d, round %d: %s", seed, round, items)
          .allMatch(item -> item.standing() != Standing.UNTOUCHABLE)
          .allMatch(item -> item.hold() == null)
          .allMatch(item -> item.standing() == Standing.LEFTOVER || hasKeptNewer(item, verdicts));
      Set<Item> deletedEarlier =
          Retention.decide(policy, items, NOW.minus(Duration.ofDays(random.nextInt(60)))).stream()
              .filter(verdict -> !verdict.keep())
              .map(Verdict::item)
              .collect(Collectors.toSet());
      assertThat(deleted).as("seed %d, round %d", seed, round).containsAll(deletedEarlier);
    }
  }

  private static boolean hasKeptNewer(Item item, List<Verdict> verdicts) {
    return verdicts.stream()
        .filter(Verdict::keep)
        .map(Verdict::item)
        .filter(other -> other.standing() == Standing.GOOD)
        .anyMatch(
            other ->
                Comparator.comparingLong(Item::sequence)
                        .thenComparing(Item::madeAt)
                        .thenComparing(Item::name)
                        .compare(other, item)
                    > 0);
  }

  private static List<Item> anything(Random random) {
    List<Item> items = new ArrayList<>();
    for (int n = random.nextInt(8); n > 0; n--) {
      Standing standing = Standing.values()[random.nextInt(3)];
      items.add(
          new Item(
              StoredKind.BACKUP,
              "b" + n,
              random.nextInt(4),
              NOW.minus(Duration.ofDays(random.nextInt(80) - 20L)),
              random.nextInt(50),
              standing,
              standing == Standing.GOOD ? null : "something",
              random.nextInt(4) == 0 ? "somebody needs it" : null));
    }
    return items;
  }

  @Test
  void limitsThatMeanNothingAreRefused() {
    assertThatThrownBy(() -> new Limits(-1, Duration.ZERO, 0)).hasMessageContaining("count -1");
    assertThatThrownBy(() -> new Limits(0, Duration.ofDays(-1), 0)).hasMessageContaining("age");
    assertThatThrownBy(() -> new Limits(0, Duration.ZERO, -1)).hasMessageContaining("bytes -1");
    assertThatThrownBy(() -> new Limits(0, Duration.ofDays(1_000_000), 0))
        .hasMessageContaining("36500 days");
    assertThatThrownBy(() -> new RetentionPolicy(true, Map.of()))
        .hasMessageContaining("how long a backup is kept");
  }

  private static RetentionPolicy policy(int count, int days, long bytes) {
    Limits limits = new Limits(count, Duration.ofDays(days), bytes);
    return new RetentionPolicy(
        true,
        Stream.of(StoredKind.values()).collect(Collectors.toMap(kind -> kind, kind -> limits)));
  }

  private static List<String> kept(RetentionPolicy policy, List<Item> items, Instant now) {
    return Retention.decide(policy, items, now).stream()
        .filter(Verdict::keep)
        .map(verdict -> verdict.item().name())
        .toList();
  }

  private static List<String> reasons(RetentionPolicy policy, List<Item> items) {
    return Retention.decide(policy, items, NOW).stream()
        .map(verdict -> verdict.item().name() + " " + verdict.reason())
        .toList();
  }

  private static Item backup(String name, long sequence, Instant madeAt, long bytes) {
    return new Item(StoredKind.BACKUP, name, sequence, madeAt, bytes, Standing.GOOD, null, null);
  }

  private static Item held(String name, long sequence, String hold) {
    return new Item(StoredKind.BACKUP, name, sequence, NOW, 10, Standing.GOOD, null, hold);
  }

  private static Item untouchable(String name, long sequence, String problem) {
    return new Item(
        StoredKind.BACKUP, name, sequence, NOW, 10, Standing.UNTOUCHABLE, problem, null);
  }

  private static Item item(String name, Standing standing, String problem, String hold) {
    return new Item(StoredKind.BACKUP, name, 0, NOW, 10, standing, problem, hold);
  }
}
