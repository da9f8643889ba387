package dev.uplift.sandbox;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A Python virtual environment that is filled once and copied for each tenant, since filling takes
 * seconds and all tenants begin with the same release.
 */
record VirtualEnvironment(Path directory, Map<String, String> pip) {

  /** One with nothing but pip in it. */
  static VirtualEnvironment create(Path directory, Map<String, String> pip) {
    EmptyEnvironment.create(directory, UserHome.cache());
    return new VirtualEnvironment(directory, pip);
  }

  void install(Path requirements) {
    Tool.in(
            directory.getParent(),
            pip,
            directory.resolve("bin/python").toString(),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--requirement",
            requirements.toString())
        .run();
  }

  /** Makes a copy that works at its own place, as if it had been made there. */
  void copyTo(Path target) throws IOException {
    // With times: bytecode is valid only for sources of the time that is written in it.
    Tool.in(directory, Map.of(), "cp", "-a", "--", directory.toString(), target.toString()).run();
    replacePlace(target.resolve("pyvenv.cfg"), target);
    try (Stream<Path> programs = Files.list(target.resolve("bin"))) {
      for (Path program : programs.toList()) {
        // Links lead to the interpreter, which stays where it is.
        if (Files.isRegularFile(program, LinkOption.NOFOLLOW_LINKS)) {
          replacePlace(program, target);
        }
      }
    }
  }

  private void replacePlace(Path file, Path target) throws IOException {
    // Any byte is a character in this encoding, so a binary file survives.
    String before = Files.readString(file, StandardCharsets.ISO_8859_1);
    String after = before.replace(inBytes(directory), inBytes(target));
    if (!after.equals(before)) {
      Files.writeString(file, after, StandardCharsets.ISO_8859_1);
    }
  }

  private static String inBytes(Path path) {
    return new String(
        path.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }
}
