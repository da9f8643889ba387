package dev.uplift.retention;

import dev.uplift.backup.StoredKind;
import dev.uplift.retention.Item.Standing;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Decides what is kept. Pure.
 *
 * <p>The last good backup stays whatever the limits are, and with it everything that has a hold, is
 * altered or is named by no manifest. As the newest good backup is never deleted, none is deleted
 * before there is a newer good one.
 *
 * <p>An earlier {@code now} never deletes more: only the age looks at the clock, and what it does
 * not delete takes no place from anything else.
 */
final class Retention {
  private static final Comparator<Item> NEWEST_FIRST =
      Comparator.comparingLong(Item::sequence)
          .thenComparing(Item::madeAt)
          .thenComparing(Item::name)
          .reversed();

  private Retention() {}

  /**
   * @return a verdict on each item: kind after kind, newest first
   */
  static List<Verdict> decide(RetentionPolicy policy, List<Item> items, Instant now) {
    Map<StoredKind, List<Item>> byKind = new EnumMap<>(StoredKind.class);
    items.forEach(item -> byKind.computeIfAbsent(item.kind(), kind -> new ArrayList<>()).add(item));
    List<Verdict> verdicts = new ArrayList<>();
    byKind.forEach(
        (kind, ofKind) -> {
          ofKind.sort(NEWEST_FIRST);
          verdicts.addAll(new OneKind(policy.of(kind), now).decide(ofKind));
        });
    return verdicts;
  }

  /** The items of one kind, newest first. */
  private static final class OneKind {
    private final Limits limits;
    private final Instant now;
    private int good;
    private long bytes;

    OneKind(Limits limits, Instant now) {
      this.limits = limits;
      this.now = now;
    }

    List<Verdict> decide(List<Item> newestFirst) {
      return newestFirst.stream().map(this::decide).toList();
    }

    private Verdict decide(Item item) {
      if (item.standing() == Standing.UNTOUCHABLE) {
        return new Verdict(item, true, item.problem());
      }
      if (item.standing() == Standing.LEFTOVER) {
        return item.hold() == null
            ? new Verdict(item, false, item.problem())
            : new Verdict(item, true, item.hold());
      }
      good++;
      bytes = saturatedSum(bytes, item.bytes());
      if (good == 1 && item.kind() == StoredKind.BACKUP) {
        return new Verdict(item, true, "the last good backup");
      }
      if (item.hold() != null) {
        return new Verdict(item, true, item.hold());
      }
      if (bytes > limits.bytes()) {
        return new Verdict(
            item,
            false,
            "with the newer ones it has more than %,d bytes".formatted(limits.bytes()));
      }
      if (good <= limits.count()) {
        return new Verdict(item, true, "one of the newest " + limits.count());
      }
      return isYoung(item)
          ? new Verdict(item, true, "younger than " + words(limits.age()))
          : new Verdict(item, false, "older than " + words(limits.age()));
    }

    private boolean isYoung(Item item) {
      // A time that cannot be subtracted from is too far away to be young.
      return !item.madeAt().equals(Instant.MIN) && item.madeAt().isAfter(now.minus(limits.age()));
    }
  }

  private static long saturatedSum(long one, long other) {
    long sum = one + other;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }

  private static String words(Duration age) {
    if (age.toDaysPart() > 0 && age.minusDays(age.toDays()).isZero()) {
      return age.toDays() == 1 ? "1 day" : age.toDays() + " days";
    }
    return age.toString().substring(2).toLowerCase(Locale.ROOT);
  }
}
