package dev.uplift.scenario;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.uplift.host.HostPaths;
import dev.uplift.sandbox.Sandbox;
import dev.uplift.sandbox.SandboxTenant;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What a host keeps about a tenant, as somebody finds it who looks into its state directory. */
public record HostFacts(HostPaths paths, SandboxTenant tenant) {
  private static final ObjectMapper JSON = new ObjectMapper();

  public HostFacts(Sandbox sandbox, SandboxTenant tenant) {
    this(new HostPaths(sandbox.state()), tenant);
  }

  /** The lines of the journal of an upgrade, wherever it is; empty if there is none. */
  public List<JsonNode> journal(String upgradeId) {
    List<JsonNode> open = read(paths.journals(tenant.id()).resolve(upgradeId + ".jsonl"));
    return open.isEmpty() ? closedJournal(upgradeId) : open;
  }

  /** The lines of the journal of an upgrade that is over; empty if it is not. */
  public List<JsonNode> closedJournal(String upgradeId) {
    Path closed = paths.journals(tenant.id()).resolve("closed").resolve(upgradeId + ".jsonl");
    return lines(text(closed));
  }

  /** Whether an upgrade's journal is over. */
  public boolean isOver(String upgradeId) {
    return !closedJournal(upgradeId).isEmpty();
  }

  /** The journal of the only upgrade that is not over. */
  public List<JsonNode> openJournal() {
    return openJournals().stream().findFirst().map(HostFacts::read).orElse(List.of());
  }

  public List<Path> openJournals() {
    return entries(paths.journals(tenant.id())).stream()
        .filter(file -> file.toString().endsWith(".jsonl"))
        .toList();
  }

  public static Optional<JsonNode> event(List<JsonNode> journal, String event) {
    return journal.stream().filter(line -> line.get("event").asText().equals(event)).findFirst();
  }

  /** Whether somebody, however orphaned, works on the tenant under its lock. */
  public boolean isCommandLockHeld() throws IOException, InterruptedException {
    Path lock = paths.commandLock(tenant.id());
    return Files.exists(lock)
        && new ProcessBuilder("flock", "--nonblock", lock.toString(), "true").start().waitFor()
            != 0;
  }

  public List<Path> scratch() {
    return entries(paths.scratch());
  }

  /** Without a last line that is being written; empty if it is not there, or no more. */
  private static List<JsonNode> read(Path journal) {
    String text = text(journal);
    return lines(text.substring(0, text.lastIndexOf('\n') + 1));
  }

  private static String text(Path journal) {
    try {
      return new String(Files.readAllBytes(journal), StandardCharsets.UTF_8);
    } catch (NoSuchFileException elsewhere) {
      return "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<JsonNode> lines(String text) {
    List<JsonNode> lines = new ArrayList<>();
    try {
      for (String line : text.lines().toList()) {
        lines.add(JSON.readTree(line));
      }
      return lines;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> entries(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
