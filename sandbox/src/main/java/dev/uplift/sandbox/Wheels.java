package dev.uplift.sandbox;

import dev.uplift.sandbox.SampleApp.Package;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDateTime;
import java.util.Base64;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Makes the wheels that the sample application installs, so that an installation needs no network.
 * The same input makes the same bytes.
 */
final class Wheels {
  // The earliest time that a zip file can hold.
  private static final LocalDateTime EPOCH = LocalDateTime.of(1980, 1, 1, 0, 0);

  // Makes modules of some 180 lines and 5 KB, as Django's own are on average.
  private static final int FUNCTIONS_PER_MODULE = 22;

  private final int modulesPerWheel;

  /**
   * @param modulesPerWheel how many generated modules each wheel has in addition. The sample
   *     application's own have a few files each, whereas a real application installs some thousand
   *     (Django has 900, and a usual set of packages around it 2,300); benchmarks that compare
   *     installations set this, nothing else does.
   */
  Wheels(int modulesPerWheel) {
    if (modulesPerWheel < 0) {
      throw new IllegalArgumentException("modules per wheel: " + modulesPerWheel);
    }
    this.modulesPerWheel = modulesPerWheel;
  }

  /** Writes a wheel of every version of every package into {@code directory}. */
  void writeAll(SampleApp app, Path directory) throws IOException {
    Files.createDirectories(directory);
    for (Package each : app.packages()) {
      Files.write(directory.resolve(fileName(each)), wheel(each));
    }
  }

  static String fileName(Package of) {
    return distribution(of) + "-py3-none-any.whl";
  }

  private static String distribution(Package of) {
    return moduleName(of) + "-" + of.version();
  }

  private static String moduleName(Package of) {
    return of.name().replace('-', '_');
  }

  byte[] wheel(Package of) throws IOException {
    String info = distribution(of) + ".dist-info/";
    SortedMap<String, byte[]> files = new TreeMap<>(of.files());
    files.putAll(padding(of));
    files.put(info + "METADATA", bytes(metadata(of)));
    files.put(
        info + "WHEEL",
        bytes(
            """
            Wheel-Version: 1.0
            Generator: uplift-sandbox
            Root-Is-Purelib: true
            Tag: py3-none-any
            """));
    String record = info + "RECORD";

    ByteArrayOutputStream wheel = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(wheel, StandardCharsets.UTF_8)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        put(zip, file.getKey(), file.getValue());
      }
      put(zip, record, bytes(record(files, record)));
    }
    return wheel.toByteArray();
  }

  private static String metadata(Package of) {
    StringBuilder metadata = new StringBuilder("Metadata-Version: 2.1\n");
    metadata.append("Name: ").append(of.name()).append('\n');
    metadata.append("Version: ").append(of.version()).append('\n');
    metadata.append("Summary: Part of the sample application\n");
    of.requires()
        .forEach(required -> metadata.append("Requires-Dist: ").append(required).append('\n'));
    return metadata.toString();
  }

  private static String record(SortedMap<String, byte[]> files, String record) {
    StringBuilder lines = new StringBuilder();
    files.forEach(
        (path, content) ->
            lines
                .append(path)
                .append(",sha256=")
                .append(sha256(content))
                .append(',')
                .append(content.length)
                .append('\n'));
    return lines.append(record).append(",,\n").toString();
  }

  // The version is in each module, so that an installation of another version replaces them all.
  private SortedMap<String, byte[]> padding(Package of) {
    SortedMap<String, byte[]> modules = new TreeMap<>();
    for (int number = 0; number < modulesPerWheel; number++) {
      String name = "%s/generated/module_%05d.py".formatted(moduleName(of), number);
      modules.put(name, bytes(module(of, number)));
    }
    return modules;
  }

  private static String module(Package of, int number) {
    StringBuilder module =
        new StringBuilder(
            """
            \"""Generated, so that an installation has as many files as a real one.\"""

            VERSION = "%s"
            """
                .formatted(of.version()));
    for (int function = 0; function < FUNCTIONS_PER_MODULE; function++) {
      module.append(
          """


          def value_%d(number, factor=%d):
              \"""Something for the compiler to do.\"""
              total = number * factor
              for step in range(factor):
                  total += step if step %% 2 else -step
              return {"total": total, "version": VERSION}
          """
              .formatted(function, number + function));
    }
    return module.toString();
  }

  private static void put(ZipOutputStream zip, String path, byte[] content) throws IOException {
    ZipEntry entry = new ZipEntry(path);
    entry.setTimeLocal(EPOCH);
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  private static String sha256(byte[] content) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
      return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
    } catch (NoSuchAlgorithmException everyJvmHasIt) {
      throw new AssertionError(everyJvmHasIt);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
