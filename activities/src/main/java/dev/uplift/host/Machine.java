package dev.uplift.host;

import dev.uplift.durable.DurableFile;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.Deployed;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;

/**
 * The machine that a worker runs on. Two of them with one host name are told apart by it, and an
 * upgrade stays on the one that inspected its tenant.
 *
 * @param id eight hexadecimal digits
 */
public record Machine(String id) {
  private static final int ID_CHARS = 8;

  /**
   * Derived from the machine's own id; where it has none, from one that is made up once and kept in
   * the state directory.
   *
   * @param machineId see machine-id(5)
   */
  public static Machine of(Path machineId, Path state) {
    try {
      return new Machine(derived(read(machineId).orElseGet(() -> kept(state))));
    } catch (IOException e) {
      throw new UncheckedIOException(machineId + " cannot be read", e);
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

  private static String kept(Path state) {
    Path file = state.resolve("machine-id");
    try {
      Optional<String> before = read(file);
      if (before.isPresent()) {
        return before.get();
      }
      String made = UUID.randomUUID().toString().replace("-", "");
      DurableFile.write(file, made + "\n");
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be kept", e);
    }
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
