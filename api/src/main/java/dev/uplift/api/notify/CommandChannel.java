package dev.uplift.api.notify;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Starts a program that reads the notification from its standard input; exit code 0 is enough. */
final class CommandChannel implements Channel {
  private static final int KEPT_BYTES = 1_024;
  private static final long LAST_OUTPUT_WITHIN_SECONDS = 1;

  private final ChannelSettings.CommandSettings settings;

  CommandChannel(ChannelSettings.CommandSettings settings) {
    this.settings = settings;
  }

  @Override
  public Answer deliver(Notification notification) throws InterruptedException {
    Process process;
    try {
      process = start();
    } catch (IOException notStarted) {
      return new Answer(false, "cannot be started: " + notStarted.getMessage());
    }
    try {
      CompletableFuture<String> output = new CompletableFuture<>();
      Thread reader =
          new Thread(() -> output.complete(beginning(process.getInputStream())), "notify-output");
      reader.setDaemon(true);
      reader.start();
      write(process, notification.body());
      if (!process.waitFor(settings.timeout().toMillis(), TimeUnit.MILLISECONDS)) {
        return new Answer(false, "did not end within " + settings.timeout().toSeconds() + " s");
      }
      String said =
          output.completeOnTimeout("", LAST_OUTPUT_WITHIN_SECONDS, TimeUnit.SECONDS).join();
      int code = process.exitValue();
      return new Answer(code == 0, "exit code " + code + (said.isBlank() ? "" : ": " + said));
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private Process start() throws IOException {
    ProcessBuilder builder = new ProcessBuilder(settings.run()).redirectErrorStream(true);
    // Nothing of this process' environment, which may hold a password of the registry.
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/local/bin:/usr/bin:/bin");
    builder.environment().put("LC_ALL", "C.UTF-8");
    return builder.start();
  }

  // A body is smaller than a pipe's buffer, so this does not wait for a program that never reads.
  private static void write(Process process, String body) {
    try (OutputStream input = process.getOutputStream()) {
      input.write(body.getBytes(StandardCharsets.UTF_8));
    } catch (IOException endedAlready) {
      // Its exit code says whether that was in order.
    }
  }

  private static String beginning(InputStream output) {
    try (output) {
      String text = new String(output.readNBytes(KEPT_BYTES), StandardCharsets.UTF_8);
      // Read on: a program that cannot write would not end.
      output.transferTo(OutputStream.nullOutputStream());
      return text.strip();
    } catch (IOException cutOff) {
      return "";
    }
  }
}
