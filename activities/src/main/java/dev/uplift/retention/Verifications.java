package dev.uplift.retention;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.uplift.durable.Directories;
import dev.uplift.durable.DurableFile;
import dev.uplift.host.HostPaths;
import dev.uplift.tenant.Slug;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What verifying the backups of a host showed, a file for each backup. */
final class Verifications {
  private static final Logger log = LoggerFactory.getLogger(Verifications.class);
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .registerModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
  private final HostPaths paths;

  Verifications(HostPaths paths) {
    this.paths = paths;
  }

  Optional<Verification> of(Slug tenant, String backup) {
    Path file = file(tenant, backup);
    try {
      return Files.exists(file)
          ? Optional.of(JSON.readValue(Files.readAllBytes(file), Verification.class))
          : Optional.empty();
    } catch (IOException unreadable) {
      log.warn("{} cannot be read, as if the backup had not been verified", file, unreadable);
      return Optional.empty();
    }
  }

  void put(Slug tenant, String backup, Verification verification) throws IOException {
    Directories.create(paths.verified(tenant));
    DurableFile.write(file(tenant, backup), JSON.writeValueAsBytes(verification));
  }

  void forget(Slug tenant, String backup) throws IOException {
    DurableFile.delete(file(tenant, backup));
  }

  /** Forgets what has no backup any more: somebody has deleted it by hand. */
  void forgetAllBut(Slug tenant, Set<String> backups) throws IOException {
    if (!Files.isDirectory(paths.verified(tenant))) {
      return;
    }
    Set<Path> known = backups.stream().map(name -> file(tenant, name)).collect(Collectors.toSet());
    try (Stream<Path> files = Files.list(paths.verified(tenant))) {
      for (Path file : files.filter(file -> !known.contains(file)).toList()) {
        DurableFile.delete(file);
      }
    }
  }

  private Path file(Slug tenant, String backup) {
    return paths.verified(tenant).resolve(backup + ".json");
  }
}
