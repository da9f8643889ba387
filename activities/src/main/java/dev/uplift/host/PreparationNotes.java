package dev.uplift.host;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.uplift.durable.DurableFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What preparation wrote down for the cutover, in a file of its own: a journal begins only when
 * services are stopped, and takes these notes over.
 */
final class PreparationNotes implements StepContext.Notes {
  private static final ObjectMapper JSON = new ObjectMapper();
  private final Path file;

  PreparationNotes(Path file) {
    this.file = file;
  }

  Path file() {
    return file;
  }

  @Override
  public synchronized void put(String key, String value) {
    Map<String, String> notes = all();
    notes.put(key, value);
    try {
      Files.createDirectories(file.getParent());
      DurableFile.write(file, JSON.writeValueAsString(notes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Optional<String> get(String key) {
    return Optional.ofNullable(all().get(key));
  }

  synchronized Map<String, String> all() {
    try {
      return Files.exists(file)
          ? JSON.readValue(file.toFile(), new TypeReference<TreeMap<String, String>>() {})
          : new TreeMap<>();
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }
}
