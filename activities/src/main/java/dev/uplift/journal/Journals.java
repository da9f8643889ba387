package dev.uplift.journal;

import dev.uplift.durable.DurableFile;
import dev.uplift.host.HostPaths;
import dev.uplift.tenant.Slug;
import dev.uplift.upgrade.StepInput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The journals of a host. Those of upgrades that are over are moved aside, so that the others are
 * found quickly.
 */
public final class Journals {
  private static final Logger log = LoggerFactory.getLogger(Journals.class);
  private static final String SUFFIX = ".jsonl";
  private static final String CLOSED = "closed";
  private final HostPaths paths;
  private final JournalEffort effort = new JournalEffort();

  public Journals(HostPaths paths) {
    this.paths = paths;
  }

  public Journal create(StepInput input) {
    Path file = open(input.plan().tenant().id(), input.plan().upgradeId());
    try {
      // What is left of a creation that was cut off says nothing.
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Journal.create(file, input, effort);
  }

  public Optional<Journal> find(Slug tenant, UUID upgradeId) {
    return Stream.of(open(tenant, upgradeId), closed(tenant, upgradeId))
        .filter(Files::exists)
        .map(this::read)
        .filter(Objects::nonNull)
        .findFirst();
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

  /** The journals of a tenant that are not over, a held one included. */
  public List<Journal> unsettled(Slug tenant) {
    Path directory = paths.journals(tenant);
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(SUFFIX))
          .map(this::read)
          .filter(Objects::nonNull)
          .filter(journal -> !isOver(journal))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The journals of a tenant that are over. One that cannot be read is left out. */
  public List<Journal> over(Slug tenant) {
    List<Journal> over = new ArrayList<>();
    for (Path directory : List.of(paths.journals(tenant), paths.journals(tenant).resolve(CLOSED))) {
      for (Path file : filesIn(directory)) {
        try {
          Optional.ofNullable(read(file)).filter(Journals::isOver).ifPresent(over::add);
        } catch (RuntimeException unreadable) {
          log.warn("{} cannot be read: {}", file, unreadable.getMessage());
        }
      }
    }
    return over;
  }

  private static List<Path> filesIn(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.getFileName().toString().endsWith(SUFFIX)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
      return tenants
          .map(tenant -> tenant.getFileName().toString())
          .filter(Slug::isValid)
          .sorted()
          .map(Slug::of)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The journals of all tenants that are not over, held ones included. */
  public List<Journal> unsettled() {
    if (!Files.isDirectory(paths.tenants())) {
      return List.of();
    }
    List<Journal> all = new ArrayList<>();
    try (Stream<Path> tenants = Files.list(paths.tenants())) {
      for (Path tenant : tenants.toList()) {
        try {
          all.addAll(unsettled(Slug.of(tenant.getFileName().toString())));
        } catch (RuntimeException unreadable) {
          // One tenant's damage must not keep the others from being looked after.
          log.error("the journals of {} cannot be read", tenant, unreadable);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all;
  }

  /**
   * Moves the journal of an upgrade that is over aside. Losing this step to a kill does no harm.
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

  private static boolean isOver(Journal journal) {
    JournalState.Phase phase = journal.state().phase();
    return phase == JournalState.Phase.COMMITTED || phase == JournalState.Phase.RESTORED;
  }

  private Path open(Slug tenant, UUID upgradeId) {
    return paths.journals(tenant).resolve(upgradeId + SUFFIX);
  }

  private Path closed(Slug tenant, UUID upgradeId) {
    return paths.journals(tenant).resolve(CLOSED).resolve(upgradeId + SUFFIX);
  }
}
