package dev.uplift.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleAppTest {
  @TempDir Path temporary;

  @Test
  void itIsReadFromAJarAsFromADirectory() throws Exception {
    URI classes = SampleApp.class.getProtectionDomain().getCodeSource().getLocation().toURI();
    Path jar = jarOf(Path.of(classes));
    ClassLoader jdk = ClassLoader.getPlatformClassLoader();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, jdk)) {
      Class<?> packed = loader.loadClass(SampleApp.class.getName());

      assertThat(sizeOf("releases", packed)).isEqualTo(SampleApp.load().releases().size());
      assertThat(sizeOf("packages", packed)).isEqualTo(SampleApp.load().packages().size());
    }
  }

  private static int sizeOf(String list, Class<?> packed) throws ReflectiveOperationException {
    Method load = packed.getDeclaredMethod("load");
    Method getter = packed.getDeclaredMethod(list);
    load.setAccessible(true);
    getter.setAccessible(true);
    return ((List<?>) getter.invoke(load.invoke(null))).size();
  }

  private Path jarOf(Path classes) throws IOException {
    Path jar = temporary.resolve("sandbox.jar");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar));
        Stream<Path> walk = Files.walk(classes)) {
      for (Path file : walk.filter(Files::isRegularFile).toList()) {
        zip.putNextEntry(new ZipEntry(classes.relativize(file).toString()));
        Files.copy(file, zip);
        zip.closeEntry();
      }
    }
    return jar;
  }
}
