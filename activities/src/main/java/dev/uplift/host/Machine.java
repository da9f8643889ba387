package dev.uplift.host;

import dev.uplift.durable.Directories;
import dev.uplift.durable.DurableFile;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.Deployed;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The machine that a worker runs on, with the state that it has there. Two of them with one host
 * name are told apart by it, and an upgrade stays on the one that inspected its tenant.
 *
 * @param id eight hexadecimal digits
 */
public record Machine(String id) {
  private static final Logger log = LoggerFactory.getLogger(Machine.class);
  private static final int ID_CHARS = 8;

  /**
   * Derived from the machine's own id, if it has one, and from that of the state directory, which
   * is made up once and kept there: only who has the journals of an upgrade may go on with it, so
   * two workers of one machine with a state directory each are two.
   *
   * @param machineId see machine-id(5)
   */
  public static Machine of(Path machineId, Path state) {
    try {
      return new Machine(derived(read(machineId).orElse("") + " " + kept(state)));
    } catch (IOException e) {
      throw new UncheckedIOException("the machine's id cannot be read or kept", e);
    }
  }

  /**
   * Refuses a step of an upgrade whose tenant was inspected elsewhere.
   *
   * @param found null if it was not inspected yet
   * @throws StepFailure {@code wrong_host}
   */
  void require(Tenant tenant, Deployed found) {
    if (found != null && found.machine() != null && !found.machine().equals(id)) {
      throw new StepFailure(
          FailureKind.WRONG_HOST,
          "Another machine than the one that inspected "
              + tenant.id()
              + " answers for host "
              + tenant.host()
              + ".",
          "inspected on machine " + found.machine() + ", this is machine " + id,
          "Two machines must not have workers with one host name: give each its own"
              + " uplift.host.name, restart it, and try again.");
    }
  }

  private static Optional<String> read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    String text = Files.readString(file).strip();
    // An image that was never booted says "uninitialized", or nothing.
    return text.matches("[0-9a-f]{32}") ? Optional.of(text) : Optional.empty();
  }

  private static String kept(Path state) throws IOException {
    Path file = state.resolve("id");
    Optional<String> before = read(file);
    if (before.isPresent()) {
      return before.get();
    }
    Directories.create(state);
    String made = UUID.randomUUID().toString().replace("-", "");
    Path mine = state.resolve("id." + made);
    try {
      DurableFile.write(mine, made + "\n");
      // Fails if the file is there, as a rename would not: two workers may start here at once.
      Files.createLink(file, mine);
    } catch (FileAlreadyExistsException anotherWorkers) {
      log.debug("another worker gave {} its id", state);
    } finally {
      DurableFile.delete(mine);
    }
    return read(file).orElseThrow(() -> new IOException(file + " holds no id: remove it"));
  }

  // The machine's own id is confidential: whatever leaves the machine is derived from it.
  private static String derived(String machineId) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(("uplift machine " + machineId).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash).substring(0, ID_CHARS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
