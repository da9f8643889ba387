package dev.uplift.evidence.host;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.uplift.durable.Directories;
import dev.uplift.durable.DurableFile;
import dev.uplift.evidence.EvidencePiece;
import dev.uplift.host.HostPaths;
import dev.uplift.tenant.Slug;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was seen of the upgrades of this host: a directory for each upgrade, a file for each piece.
 * Nothing gets there but through {@link Excerpt}, so nothing that is there holds a secret.
 *
 * <p>Of one upgrade no more than a fixed amount is kept. What comes last says most about how it
 * ended, so the oldest texts go first; that they were there stays.
 */
public final class EvidenceStore {
  private static final Logger log = LoggerFactory.getLogger(EvidenceStore.class);

  /** Of all pieces of an upgrade, as they are on disk and in an answer. */
  static final long MAX_BYTES = 384 * 1024;

  /** A release may have hundreds of scripts; each piece has a name and a time of its own. */
  static final int MAX_PIECES = 200;

  private static final String SUFFIX = ".json";

  /** A file of at most that length has no text worth cutting. */
  private static final long BARE_BYTES = 1024;

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .registerModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  private final HostPaths paths;
  private final AtomicInteger written = new AtomicInteger();

  public EvidenceStore(HostPaths paths) {
    this.paths = paths;
  }

  /**
   * What is kept of one upgrade.
   *
   * @param writtenAt when something was added last
   */
  public record Kept(UUID upgradeId, long bytes, Instant writtenAt) {}

  /** Of which upgrades of a tenant something is kept. */
  public List<Kept> list(Slug tenant) throws IOException {
    List<Kept> all = new ArrayList<>();
    for (Path directory : entries(paths.evidence(tenant))) {
      Optional<UUID> upgrade = id(directory);
      if (upgrade.isPresent()) {
        long bytes = 0;
        for (Path file : entries(directory)) {
          bytes += size(file);
        }
        all.add(new Kept(upgrade.get(), bytes, Files.getLastModifiedTime(directory).toInstant()));
      }
    }
    return all;
  }

  /** Deletes what is kept of an upgrade, if there is anything. */
  public void delete(Slug tenant, UUID upgradeId) throws IOException {
    Directories.remove(directory(tenant, upgradeId));
  }

  /**
   * Adds a piece. It is not on the disk yet: that would be waited for while services are down, see
   * {@link #sync}.
   *
   * @param cutBefore how many bytes of the beginning were cut off already
   */
  void keep(Slug tenant, UUID upgradeId, String name, Instant at, String raw, long cutBefore)
      throws IOException {
    Excerpt excerpt = Excerpt.of(raw, cutBefore);
    Path directory = directory(tenant, upgradeId);
    Directories.create(directory);
    // Two workers may write at once while one is being replaced.
    String fileName =
        "%013d-%06d-%s%s"
            .formatted(at.toEpochMilli(), written.incrementAndGet(), UUID.randomUUID(), SUFFIX);
    write(
        directory.resolve(fileName),
        new EvidencePiece(Excerpt.name(name), at, excerpt.text(), excerpt.cutBytes()));
    makeRoom(directory);
  }

  /** All pieces, the oldest first. */
  List<EvidencePiece> read(Slug tenant, UUID upgradeId) throws IOException {
    List<EvidencePiece> pieces = new ArrayList<>();
    for (Path file : pieces(directory(tenant, upgradeId))) {
      read(file).ifPresent(pieces::add);
    }
    return pieces;
  }

  /** Has everything of an upgrade on the disk. */
  void sync(Slug tenant, UUID upgradeId) throws IOException {
    Path directory = directory(tenant, upgradeId);
    for (Path file : pieces(directory)) {
      DurableFile.sync(file);
    }
    if (Files.isDirectory(directory)) {
      Directories.sync(directory);
    }
  }

  private static void makeRoom(Path directory) throws IOException {
    List<Path> files = new ArrayList<>(pieces(directory));
    while (files.size() > MAX_PIECES) {
      Files.deleteIfExists(files.remove(0));
    }
    long bytes = 0;
    for (Path file : files) {
      bytes += size(file);
    }
    // The newest one stays whatever is there besides.
    files.remove(files.size() - 1);
    for (Path file : files) {
      if (bytes > MAX_BYTES && size(file) > BARE_BYTES) {
        bytes -= size(file);
        strip(file);
        bytes += size(file);
      }
    }
  }

  private static void strip(Path file) throws IOException {
    Optional<EvidencePiece> piece = read(file);
    if (piece.isEmpty()) {
      Files.deleteIfExists(file);
      return;
    }
    EvidencePiece whole = piece.get();
    long cut = whole.cutBytes() + whole.text().getBytes(StandardCharsets.UTF_8).length;
    write(file, new EvidencePiece(whole.name(), whole.at(), "", cut));
  }

  // Renamed when it is whole: a reader must not meet a half.
  private static void write(Path file, EvidencePiece piece) throws IOException {
    Path temporary = DurableFile.temporary(file);
    try (FileChannel channel = DurableFile.createPrivate(temporary)) {
      ByteBuffer bytes = ByteBuffer.wrap(JSON.writeValueAsBytes(piece));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static Optional<EvidencePiece> read(Path file) throws IOException {
    try {
      return Optional.of(JSON.readValue(Files.readAllBytes(file), EvidencePiece.class));
    } catch (NoSuchFileException deletedMeanwhile) {
      return Optional.empty();
    } catch (JacksonException cutByPowerLoss) {
      log.warn("{} is not whole, and left out", file);
      return Optional.empty();
    }
  }

  private static List<Path> pieces(Path directory) throws IOException {
    return entries(directory).stream()
        .filter(file -> file.getFileName().toString().endsWith(SUFFIX))
        .sorted()
        .toList();
  }

  private static List<Path> entries(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.toList();
    }
  }

  private static long size(Path file) throws IOException {
    try {
      return Files.size(file);
    } catch (NoSuchFileException deletedMeanwhile) {
      return 0;
    }
  }

  private static Optional<UUID> id(Path directory) {
    try {
      return Optional.of(UUID.fromString(directory.getFileName().toString()));
    } catch (IllegalArgumentException notOurs) {
      return Optional.empty();
    }
  }

  private Path directory(Slug tenant, UUID upgradeId) {
    return paths.evidence(tenant).resolve(upgradeId.toString());
  }
}
