package dev.uplift.api.notify;

import dev.uplift.secret.SecretFile;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * One way to tell somebody, {@code uplift.notify.<name>}: a webhook or a command.
 *
 * @param events what is told; absent: held tenants and upgrades that turned back
 * @param firstRetry the pause after the first attempt that failed; it doubles up to an hour
 * @param giveUpAfter how long a notification is tried
 */
record ChannelSettings(
    Set<Event> events,
    WebhookSettings webhook,
    CommandSettings command,
    @DefaultValue("10s") Duration firstRetry,
    @DefaultValue("1d") Duration giveUpAfter) {

  /**
   * All of it text: Spring tells what it cannot make a URI or a path of, and that may be a secret.
   *
   * @param url where it is posted; often a secret itself, then {@code urlFile} is the better place
   * @param secretFile holds the key of the signature
   * @param caFile the authorities, in PEM, that are trusted beside those of Java; null for no
   *     others
   */
  record WebhookSettings(String url, String urlFile, String secretFile, String caFile) {
    WebhookSettings {
      if ((url == null) == (urlFile == null)) {
        throw new IllegalArgumentException("a webhook needs either url or url-file");
      }
      if (url != null) {
        requireUrl(url);
      }
      requireSecret("url-file", urlFile);
      requireSecret("secret-file", secretFile);
      requireReadable("ca-file", caFile);
      if (caFile != null) {
        Authorities.alsoThoseIn(Path.of(caFile));
      }
    }

    private static void requireUrl(String url) {
      try {
        if (new URI(url).getHost() != null) {
          return;
        }
      } catch (URISyntaxException malformed) {
        // Told below, without its message: that repeats the URL.
      }
      throw new IllegalArgumentException(
          "url: this is no URL; it is not shown here because it may be a secret");
    }

    private static void requireSecret(String key, String file) {
      requireReadable(key, file);
      if (file == null) {
        return;
      }
      try {
        SecretFile.read(Path.of(file));
      } catch (IOException unusable) {
        throw new IllegalArgumentException(key + ": " + unusable.getMessage());
      }
    }

    private static void requireReadable(String key, String file) {
      if (file == null || Files.isReadable(Path.of(file))) {
        return;
      }
      throw new IllegalArgumentException(
          file.startsWith("/")
              ? key + ": " + file + " cannot be read"
              : key
                  + ": the path of a file is needed; what is there is not shown here because it"
                  + " may be a secret");
    }

    /** Without the URL, which may be as good as a password. */
    @Override
    public String toString() {
      return "webhook";
    }
  }

  /**
   * @param run the program and its arguments; there is no shell
   */
  record CommandSettings(List<String> run, @DefaultValue("30s") Duration timeout) {
    CommandSettings {
      if (run == null || run.isEmpty()) {
        throw new IllegalArgumentException("a command needs run: [PROGRAM, ARGUMENT…]");
      }
      if (!Path.of(run.get(0)).isAbsolute()) {
        throw new IllegalArgumentException(
            "run: the program needs its whole path, not '" + run.get(0) + "'");
      }
    }
  }

  ChannelSettings {
    if ((webhook == null) == (command == null)) {
      throw new IllegalArgumentException("a channel needs either webhook or command");
    }
    events = events == null || events.isEmpty() ? Event.DEFAULTS : Set.copyOf(events);
    if (events.contains(Event.TEST)) {
      throw new IllegalArgumentException("events: test is sent on request only");
    }
    if (firstRetry.isNegative() || firstRetry.isZero()) {
      throw new IllegalArgumentException("first-retry: must be more than nothing");
    }
  }
}
