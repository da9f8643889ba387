package dev.uplift.code;

import dev.uplift.host.StepFailure;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;

/**
 * A file on this host that a profile's {@code credentials} name. What is wrong with one is told
 * with its path, never with its content.
 */
final class CredentialFile {
  private static final int LARGEST_BYTES = 1 << 20;
  private static final int OTHERS_MAY_ANYTHING = 07;
  private static final int MAY_BE_WRITTEN_BY_OTHERS = 022;
  private static final int GROUP_MAY_READ = 040;
  private final String key;
  private final Path path;

  /**
   * @param key of the profile, under which the file is named
   */
  CredentialFile(String key, String path) {
    this.key = key;
    this.path = Path.of(path);
  }

  Path path() {
    return path;
  }

  /**
   * The content of a file that nobody else may read. One that belongs to another user, such as
   * root, may be readable by a group: else this worker could not read it.
   */
  byte[] readSecret() {
    Map<String, Object> attributes = attributes();
    int mode = (Integer) attributes.get("mode");
    boolean isOurs = attributes.get("uid").equals(ourUser());
    boolean open =
        (mode & OTHERS_MAY_ANYTHING) != 0
            || (mode & MAY_BE_WRITTEN_BY_OTHERS) != 0
            || (isOurs && (mode & GROUP_MAY_READ) != 0);
    if (open) {
      throw unusable(
          "may be read or written by others",
          "mode " + octal(mode),
          "Run 'chmod 600 " + path + "', and consider whether the secret has to be replaced.");
    }
    return read();
  }

  /** The content of a file that all may read, but that nobody else may write. */
  byte[] readPublic() {
    int mode = (Integer) attributes().get("mode");
    if ((mode & MAY_BE_WRITTEN_BY_OTHERS) != 0) {
      throw unusable(
          "may be written by others", "mode " + octal(mode), "Run 'chmod go-w " + path + "'.");
    }
    return read();
  }

  String readSecretLine() {
    String text = new String(readSecret(), StandardCharsets.UTF_8).strip();
    if (text.isEmpty()) {
      throw unusable("is empty", null, "Put the token into it.");
    }
    if (text.chars().anyMatch(c -> c < ' ')) {
      throw unusable(
          "holds more than one line",
          null,
          "Put nothing but the token, or user:password, into it.");
    }
    return text;
  }

  StepFailure unusable(String why, String evidence, String advice) {
    return new StepFailure(
        FailureKind.FETCH_UNREACHABLE,
        "The upstream's " + key + " " + path + " " + why + ".",
        evidence,
        advice);
  }

  private byte[] read() {
    try {
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private Map<String, Object> attributes() {
    try {
      Map<String, Object> attributes =
          Files.readAttributes(path, "unix:mode,uid,size,isRegularFile");
      if (!(Boolean) attributes.get("isRegularFile")
          || (Long) attributes.get("size") > LARGEST_BYTES) {
        throw unusable(
            "is no file of that kind", null, "Correct 'credentials' in the app's profile.");
      }
      return attributes;
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private StepFailure unreadable(IOException e) {
    return e instanceof NoSuchFileException
        ? unusable(
            "is not there",
            null,
            "Put it there on this host, readable by the worker's user, or correct 'credentials' in"
                + " the app's profile.")
        : unusable(
            "cannot be read",
            e.toString(),
            "Make it, and the directories above it, readable by the worker's user.");
  }

  private static Object ourUser() {
    try {
      return Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    } catch (IOException e) {
      throw GitFailure.of("asking who this is", e);
    }
  }

  private static String octal(int mode) {
    return String.format("%04o", mode & 07777);
  }
}
