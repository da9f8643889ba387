package dev.uplift.database;

import dev.uplift.durable.DurableFile;
import dev.uplift.host.StepContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Notes that survive the death of the process that wrote them. */
public record FileNotes(Path directory) implements StepContext.Notes {
  @Override
  public void put(String key, String value) {
    try {
      DurableFile.write(directory.resolve(key), value.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Optional<String> get(String key) {
    try {
      Path note = directory.resolve(key);
      return Files.exists(note) ? Optional.of(Files.readString(note)) : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
