package dev.uplift.secret;

import java.io.IOException;
import java.nio.file.Path;

/** Others may read or write a file with a secret in it. Its message tells the way out. */
public final class ExposedSecretException extends IOException {
  private static final long serialVersionUID = 1L;

  ExposedSecretException(Path file, int mode, String owner, boolean isOurs) {
    super(
        "%s may be read or written by others (mode %04o, owner %s): run '%schmod 600 %s', and consider whether the secret has to be replaced"
            .formatted(
                file,
                mode & 07777,
                owner,
                isOurs ? "" : "chown " + System.getProperty("user.name") + " " + file + " && ",
                file));
  }
}
