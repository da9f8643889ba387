package dev.uplift.cli.demo;

import dev.uplift.cli.client.Connection;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The file that tells a shell, and whatever else reads {@code KEY=value}, how to reach the demo.
 */
final class DemoEnv {
  private DemoEnv() {}

  static void write(Path file, Connection connection) throws IOException {
    Files.createDirectories(file.getParent());
    Files.deleteIfExists(file);
    var onlyOwner =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    Files.createFile(file, onlyOwner);
    Files.writeString(file, text(connection.url(), connection.token()));
  }

  static String text(URI url, String token) {
    return "UPLIFT_URL=" + url + "\nUPLIFT_TOKEN=" + token + "\n";
  }
}
