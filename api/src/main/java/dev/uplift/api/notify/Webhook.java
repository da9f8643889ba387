package dev.uplift.api.notify;

import dev.uplift.secret.ExposedSecretException;
import dev.uplift.secret.SecretFile;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Posts a notification to a URL. That URL appears in no message: with many services whoever knows
 * it may post there.
 */
final class Webhook implements Channel {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final int SHORTEST_SECRET = 6;

  private final HttpClient http;
  private final ChannelSettings.WebhookSettings settings;
  private final Clock clock;

  Webhook(HttpClient http, ChannelSettings.WebhookSettings settings, Clock clock) {
    this.http = http;
    this.settings = settings;
    this.clock = clock;
  }

  /** For receivers that Java trusts. */
  static HttpClient client() {
    return clientBuilder().build();
  }

  /** For a receiver that has its certificate from an authority in {@code caFile}. */
  static HttpClient client(Path caFile) {
    return clientBuilder().sslContext(Authorities.alsoThoseIn(caFile)).build();
  }

  /** A redirect is not followed: the operator has named the receiver. */
  private static HttpClient.Builder clientBuilder() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(TIMEOUT)
        .followRedirects(HttpClient.Redirect.NEVER);
  }

  @Override
  public Answer deliver(Notification notification) throws InterruptedException {
    HttpRequest request;
    try {
      request = request(notification);
    } catch (ExposedSecretException exposed) {
      return new Answer(false, "it is not used: " + exposed.getMessage());
    } catch (IOException | IllegalArgumentException unusable) {
      return new Answer(
          false, "the URL or the secret cannot be used: see the files in the settings");
    }
    CompletableFuture<HttpResponse<String>> answer =
        http.sendAsync(request, response -> new BeginningOfBody());
    try {
      HttpResponse<String> response = answer.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      boolean taken = response.statusCode() / 100 == 2;
      return new Answer(
          taken,
          "HTTP " + response.statusCode() + tail(response.body(), request.uri()),
          RetryAfter.of(response.headers().firstValue("Retry-After"), clock.instant()));
    } catch (TimeoutException silent) {
      return new Answer(
          false,
          "no answer within "
              + TIMEOUT.toSeconds()
              + " s: the receiver must answer first and work afterwards");
    } catch (ExecutionException failed) {
      // Only what kind of failure: its message may repeat the URL.
      return new Answer(false, failed.getCause().getClass().getSimpleName());
    } finally {
      answer.cancel(true);
    }
  }

  private HttpRequest request(Notification notification) throws IOException {
    URI url = URI.create(settings.url() == null ? read(settings.urlFile()) : settings.url());
    String id = notification.id().toString();
    Instant now = clock.instant();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(url)
            .timeout(TIMEOUT)
            .header("Content-Type", "application/json")
            .header("User-Agent", "Uplift")
            .header("webhook-id", id)
            .header("webhook-timestamp", Long.toString(now.getEpochSecond()))
            .POST(BodyPublishers.ofString(notification.body()));
    if (settings.secretFile() != null) {
      String secret = read(settings.secretFile());
      request.header("webhook-signature", Signature.of(secret, id, now, notification.body()));
    }
    return request.build();
  }

  private static String read(String file) throws IOException {
    return new String(SecretFile.read(Path.of(file)), StandardCharsets.UTF_8).strip();
  }

  private static String tail(String body, URI url) {
    String said = withoutAddress(body, url).strip();
    return said.isEmpty() ? "" : ": " + said;
  }

  /** Many servers repeat in an error what they were asked for. */
  private static String withoutAddress(String body, URI url) {
    String clean = wholeWords(body);
    String address = url.getRawPath() + "/" + url.getRawQuery() + "/" + url.getRawUserInfo();
    for (String part : address.split("[/?&=:]+")) {
      if (part.length() >= SHORTEST_SECRET) {
        clean = clean.replace(part, "***");
      }
    }
    return clean;
  }

  // Half of a part would not be found.
  private static String wholeWords(String body) {
    boolean cut = body.getBytes(StandardCharsets.UTF_8).length >= BeginningOfBody.MAX_BYTES;
    return cut ? body.substring(0, body.lastIndexOf(' ') + 1) : body;
  }
}
