package dev.uplift.journal;

import dev.uplift.durable.Directories;
import dev.uplift.durable.DurableFile;
import dev.uplift.host.HostPaths;
import dev.uplift.tenant.Slug;
import dev.uplift.upgrade.StepInput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The journals of a host. Those of upgrades that are over are moved aside, so that the others are
 * found quickly.
 */
public class Journals {
  private static final Logger log = LoggerFactory.getLogger(Journals.class);
  static final String SUFFIX = ".jsonl";

  /** The name of a tenant's directory of journals, see {@link HostPaths#journals}. */
  static final String DIRECTORY = "journal";

  private static final String CLOSED = "closed";
  private final HostPaths paths;
  private final JournalEffort effort = new JournalEffort();
  private final Set<Path> oddNames = ConcurrentHashMap.newKeySet();

  /**
   * What is not over on a host.
   *
   * @param unsettled the journals of upgrades that are not over, held ones included
   * @param unreadable those of which nobody can tell whether they are
   * @param unclosed those of upgrades that are over: a kill kept them from being closed, or nobody
   *     has come to it yet
   */
  public record Open(
      List<Journal> unsettled, List<UnreadableJournal> unreadable, List<Journal> unclosed) {
    private static Open nothingYet() {
      return new Open(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    }
  }

  public Journals(HostPaths paths) {
    this.paths = paths;
  }

  public Journal create(StepInput input) {
    Path file = open(input.plan().tenant().id(), input.plan().upgradeId());
    try {
      Directories.create(file.getParent());
      // Others may have made some of them, and not have synced them.
      for (Path above = file.getParent(); !above.equals(paths.state()); above = above.getParent()) {
        Directories.sync(above.getParent());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Journal.create(file, input, effort);
  }

  /**
   * @throws UnreadableJournal if it is there and cannot be read
   */
  public Optional<Journal> find(Slug tenant, UUID upgradeId) {
    return Stream.of(open(tenant, upgradeId), closed(tenant, upgradeId))
        .filter(file -> Files.exists(file, LinkOption.NOFOLLOW_LINKS))
        .findFirst()
        .map(this::read);
  }

  private Journal read(Path file) {
    return Journal.read(file, effort);
  }

  /** How many lines were written since this worker was started. */
  public long linesWritten() {
    return effort.lines();
  }

  /** How long it took until they were on the disk, one after the other. */
  public Duration timeSpentOnWriting() {
    return effort.time();
  }

  /**
   * The whole lines of a journal as they are on the disk, whoever wrote them; empty if there is
   * none.
   */
  public List<String> lines(Slug tenant, UUID upgradeId) {
    // It may be moved aside at this moment.
    for (Path file :
        List.of(open(tenant, upgradeId), closed(tenant, upgradeId), open(tenant, upgradeId))) {
      try {
        String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
      } catch (NoSuchFileException elsewhere) {
        continue;
      } catch (IOException e) {
        throw new UncheckedIOException(file + " cannot be read", e);
      }
    }
    return List.of();
  }

  /**
   * The journals of a tenant that are not over, a held one included.
   *
   * @throws UnreadableJournal if one of them cannot be read
   */
  public List<Journal> unsettled(Slug tenant) {
    Open open = look(tenant);
    for (UnreadableJournal unreadable : open.unreadable()) {
      throw unreadable;
    }
    return open.unsettled();
  }

  /** The journals of a tenant that are over. One that cannot be read is left out. */
  public List<Journal> over(Slug tenant) {
    return inAnyPlace(tenant, Journals::isOver, unreadable -> {});
  }

  /** Deletes the journal of an upgrade that is over. */
  public void delete(Journal journal) {
    if (!isOver(journal)) {
      throw new IllegalStateException("this upgrade is not over");
    }
    try {
      DurableFile.delete(journal.file());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The tenants of which there is, or was, a journal. */
  public List<Slug> tenants() {
    if (!Files.isDirectory(paths.tenants())) {
      return List.of();
    }
    try (Stream<Path> tenants = Files.list(paths.tenants())) {
      return tenants.sorted().flatMap(directory -> slug(directory).stream()).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The journals of all tenants that are not over, held ones included, as far as readable. */
  public List<Journal> unsettled() {
    return look().unsettled();
  }

  /** All of a tenant that are not over. */
  public Open look(Slug tenant) {
    Open open = Open.nothingYet();
    look(tenant, open);
    return open;
  }

  /** All that are not over. What is wrong with one of them keeps nobody from the others. */
  public Open look() {
    Open open = Open.nothingYet();
    tenants().forEach(tenant -> look(tenant, open));
    return open;
  }

  private void look(Slug tenant, Open open) {
    try {
      for (Path file : openFiles(tenant)) {
        try {
          Journal journal = read(file);
          (isOver(journal) ? open.unclosed() : open.unsettled()).add(journal);
        } catch (UnreadableJournal unreadable) {
          // Unless another thread has just moved it aside, since its upgrade is over.
          if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            open.unreadable().add(unreadable);
          }
        }
      }
    } catch (UnreadableJournal directory) {
      open.unreadable().add(directory);
    }
  }

  private Optional<Slug> slug(Path directory) {
    try {
      return Optional.of(Slug.of(directory.getFileName().toString()));
    } catch (IllegalArgumentException odd) {
      if (oddNames.add(directory)) {
        log.error("{} is not named after a tenant, so it is left alone", directory);
      }
      return Optional.empty();
    }
  }

  private List<Path> openFiles(Slug tenant) {
    Path directory = paths.journals(tenant);
    if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.getFileName().toString().endsWith(SUFFIX)).sorted().toList();
    } catch (IOException e) {
      throw UnreadableJournal.damaged(directory, 1, e.toString(), null);
    }
  }

  /**
   * The journals of a tenant's upgrades that were committed, in no order.
   *
   * @param unreadable is told of each that cannot be read: nobody knows whether it is one of them
   */
  public List<Journal> committed(Slug tenant, Consumer<Path> unreadable) {
    return inAnyPlace(
        tenant, journal -> journal.state().phase() == JournalState.Phase.COMMITTED, unreadable);
  }

  /** Of the open and the closed ones. */
  private List<Journal> inAnyPlace(
      Slug tenant, Predicate<Journal> wanted, Consumer<Path> unreadable) {
    List<Journal> found = new ArrayList<>();
    for (Path directory : List.of(paths.journals(tenant), paths.journals(tenant).resolve(CLOSED))) {
      for (Path file : filesIn(directory)) {
        try {
          Optional.of(read(file)).filter(wanted).ifPresent(found::add);
        } catch (RuntimeException damaged) {
          log.warn("{} cannot be read: {}", file, damaged.getMessage());
          unreadable.accept(file);
        }
      }
    }
    return found;
  }

  private static List<Path> filesIn(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.getFileName().toString().endsWith(SUFFIX)).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Moves the journal of an upgrade that is over aside. Whom a kill keeps from it finds it among
   * the {@link Open#unclosed}.
   */
  public void close(Journal journal) {
    if (!isOver(journal)) {
      throw new IllegalStateException("this upgrade is not over");
    }
    StepInput input = journal.state().input();
    Path to = closed(input.plan().tenant().id(), input.plan().upgradeId());
    try {
      Files.createDirectories(to.getParent());
      if (Files.exists(journal.file())) {
        Files.move(journal.file(), to);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Moves a journal that nobody can read aside, for whoever released its tenant all the same; under
   * the name that it has.
   */
  public void setAside(UnreadableJournal unreadable) {
    Path from = unreadable.file();
    Path directory = from.resolveSibling(CLOSED);
    Path to = directory.resolve(from.getFileName());
    try {
      Directories.create(directory);
      for (int n = 2; Files.exists(to, LinkOption.NOFOLLOW_LINKS); n++) {
        to = directory.resolve(from.getFileName() + "." + n);
      }
      Files.move(from, to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isOver(Journal journal) {
    return journal.state().phase().isOver();
  }

  private Path open(Slug tenant, UUID upgradeId) {
    return paths.journals(tenant).resolve(upgradeId + SUFFIX);
  }

  private Path closed(Slug tenant, UUID upgradeId) {
    return paths.journals(tenant).resolve(CLOSED).resolve(upgradeId + SUFFIX);
  }
}
