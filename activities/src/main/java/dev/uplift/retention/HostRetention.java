package dev.uplift.retention;

import dev.uplift.backup.StoredItem;
import dev.uplift.backup.StoredItem.State;
import dev.uplift.backup.StoredKind;
import dev.uplift.dependency.StoredSets;
import dev.uplift.dependency.StoredSets.StoredSet;
import dev.uplift.durable.Directories;
import dev.uplift.host.Cancellation;
import dev.uplift.host.HostConfiguration;
import dev.uplift.host.HostPaths;
import dev.uplift.host.Presence;
import dev.uplift.journal.Journals;
import dev.uplift.journal.UnreadableJournal;
import dev.uplift.retention.Item.Standing;
import dev.uplift.tenant.Slug;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Prunes what no tenant owns: dependency sets, scratch trees, notes of upgrades that never were.
 */
public final class HostRetention {
  private static final Duration JUST_WANTED = Duration.ofHours(6);
  private static final Duration LONGEST_BUILD = Duration.ofDays(1);
  private static final Duration AT_WORK_WITHIN = Duration.ofMinutes(2);
  private static final String PROOF = "verify-";

  private final HostPaths paths;
  private final RetentionPolicy policy;
  private final Journals journals;
  private final Presence presence;
  private final SetReferences references;
  private final Clock clock;

  public HostRetention(
      HostConfiguration configuration,
      RetentionPolicy policy,
      Journals journals,
      Presence presence,
      Clock clock) {
    this.paths = configuration.paths();
    this.policy = policy;
    this.journals = journals;
    this.presence = presence;
    this.references = new SetReferences(configuration, journals);
    this.clock = clock;
  }

  /** Deletes what the policy does not keep, and tells of everything that it looked at. */
  List<StoredItem> prune(boolean dryRun, Cancellation cancellation) {
    try {
      Predicate<UUID> open = notOver();
      List<Entry> entries = new ArrayList<>(sets());
      entries.addAll(scratch(open));
      entries.addAll(preparations(open));
      List<Verdict> verdicts =
          Retention.decide(policy, entries.stream().map(Entry::item).toList(), clock.instant());
      return TenantRetention.apply(entries, verdicts, dryRun, cancellation);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Of what nobody can read nobody knows whether it is over. */
  private Predicate<UUID> notOver() {
    Journals.Open notOver = journals.look();
    Set<UUID> ids = new HashSet<>();
    notOver.unsettled().forEach(journal -> ids.add(TenantInventory.idOf(journal)));
    boolean anyMayBe = false;
    for (UnreadableJournal journal : notOver.unreadable()) {
      Optional<UUID> named = uuid(journal.file().getFileName().toString().replace(".jsonl", ""));
      named.ifPresent(ids::add);
      anyMayBe |= named.isEmpty();
    }
    return anyMayBe ? upgrade -> true : ids::contains;
  }

  private List<Entry> sets() throws IOException {
    StoredSets store = new StoredSets(paths.sets());
    List<StoredSet> sets = store.list();
    Map<String, String> needed =
        references.among(sets.stream().map(StoredSet::id).collect(Collectors.toSet()));
    List<Entry> entries = new ArrayList<>();
    for (StoredSet set : sets) {
      String hold = Optional.ofNullable(needed.get(set.id())).orElseGet(() -> holdOfYoung(set));
      entries.add(
          entry(
              StoredKind.DEPENDENCY_SET,
              set.id(),
              set.path(),
              set.wantedAt(),
              set.complete() ? Standing.GOOD : Standing.LEFTOVER,
              set.complete() ? null : "its building or its removal was cut off",
              hold,
              () -> store.delete(set)));
    }
    return entries;
  }

  private String holdOfYoung(StoredSet set) {
    Duration young = set.complete() ? JUST_WANTED : LONGEST_BUILD;
    if (!isWithin(set.wantedAt(), young)) {
      return null;
    }
    return set.complete() ? "wanted a short time ago" : "it may be being built";
  }

  private boolean isWithin(Instant time, Duration ago) {
    return time.isAfter(clock.instant().minus(ago));
  }

  private List<Entry> scratch(Predicate<UUID> open) throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (Path tree : in(paths.scratch())) {
      String name = tree.getFileName().toString();
      Optional<UUID> upgrade = uuid(name);
      boolean ours =
          upgrade.isPresent()
              || name.startsWith(PROOF) && uuid(name.substring(PROOF.length())).isPresent();
      entries.add(
          entry(
              StoredKind.SCRATCH,
              name,
              tree,
              modified(tree),
              ours ? Standing.GOOD : Standing.UNTOUCHABLE,
              ours ? null : "Uplift gives no scratch tree such a name",
              upgrade.map(id -> holdOf(id, open)).orElse(null),
              () -> {
                Directories.remove(tree);
                return true;
              }));
    }
    return entries;
  }

  private List<Entry> preparations(Predicate<UUID> open) throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (Slug tenant : journals.tenants()) {
      for (Path notes : in(paths.preparations(tenant))) {
        String name = notes.getFileName().toString();
        Optional<UUID> upgrade =
            name.endsWith(".json")
                ? uuid(name.substring(0, name.length() - ".json".length()))
                : Optional.empty();
        entries.add(
            entry(
                StoredKind.PREPARATION,
                tenant + "/" + name,
                notes,
                modified(notes),
                upgrade.isPresent() ? Standing.GOOD : Standing.UNTOUCHABLE,
                upgrade.isPresent() ? null : "Uplift gives no notes such a name",
                upgrade.map(id -> holdOf(id, open)).orElse(null),
                () -> {
                  Directories.remove(notes);
                  return true;
                }));
      }
    }
    return entries;
  }

  private String holdOf(UUID upgrade, Predicate<UUID> open) {
    return open.test(upgrade) || presence.seenWithin(upgrade, AT_WORK_WITHIN)
        ? "its upgrade is not over"
        : null;
  }

  private static Entry entry(
      StoredKind kind,
      String name,
      Path path,
      Instant madeAt,
      Standing standing,
      String problem,
      String hold,
      Entry.Deletion deletion)
      throws IOException {
    long bytes = Directories.bytes(path);
    State state =
        switch (standing) {
          case GOOD -> State.GOOD;
          case LEFTOVER -> State.LEFTOVER;
          case UNTOUCHABLE -> State.UNNAMED;
        };
    return new Entry(
        new Item(kind, name, 0, madeAt, bytes, standing, problem, hold),
        new StoredItem(
            kind,
            name,
            path.toString(),
            madeAt,
            bytes,
            null,
            null,
            state,
            problem,
            null,
            null,
            true,
            null,
            false),
        deletion);
  }

  private static List<Path> in(Path directory) throws IOException {
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.sorted().toList();
    }
  }

  private static Instant modified(Path path) throws IOException {
    return Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS).toInstant();
  }

  private static Optional<UUID> uuid(String name) {
    try {
      return name.length() == 36 ? Optional.of(UUID.fromString(name)) : Optional.empty();
    } catch (IllegalArgumentException otherName) {
      return Optional.empty();
    }
  }
}
