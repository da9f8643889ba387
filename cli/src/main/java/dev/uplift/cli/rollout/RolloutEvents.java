package dev.uplift.cli.rollout;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.uplift.cli.client.ApiClient;
import dev.uplift.cli.console.CommandFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Iterator;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/** Follows the events of a rollout, each once, also when the API is restarted meanwhile. */
final class RolloutEvents {
  private static final Duration UNTIL_CONNECTED_AGAIN = Duration.ofSeconds(1);

  /** The server says within 15 s that it is still there. */
  private static final Duration SILENT_AT_MOST = Duration.ofMinutes(1);

  private static final int NO_MORE = 204;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final ApiClient api;
  private final String path;
  private final BiConsumer<String, JsonNode> told;
  private final Duration awayAtMost;
  private final Duration silentAtMost;
  private String last = "0";

  /**
   * @param path of the rollout
   * @param told is given the kind of each event and what it tells
   */
  RolloutEvents(ApiClient api, String path, BiConsumer<String, JsonNode> told) {
    this(api, path, told, ApiClient.AWAY_AT_MOST, SILENT_AT_MOST);
  }

  RolloutEvents(
      ApiClient api,
      String path,
      BiConsumer<String, JsonNode> told,
      Duration awayAtMost,
      Duration silentAtMost) {
    this.api = api;
    this.path = path + "/events";
    this.told = told;
    this.awayAtMost = awayAtMost;
    this.silentAtMost = silentAtMost;
  }

  /**
   * Returns when there are no more.
   *
   * @throws CommandFailure if the server tells none for minutes
   */
  void untilTheEnd() throws InterruptedException {
    long giveUpAtNanos = System.nanoTime() + awayAtMost.toNanos();
    while (true) {
      String why = "the server does not answer";
      try {
        HttpResponse<Stream<String>> stream = api.follow(path, last);
        if (stream.statusCode() == NO_MORE) {
          return;
        }
        if (stream.statusCode() / 100 == 4) {
          throw new CommandFailure("the rollout cannot be followed: HTTP " + stream.statusCode());
        }
        why = "HTTP " + stream.statusCode();
        if (stream.statusCode() == 200) {
          giveUpAtNanos = System.nanoTime() + awayAtMost.toNanos();
          read(stream.body());
        }
      } catch (IOException | UncheckedIOException cutOff) {
        // The API may be on its way back.
      }
      if (System.nanoTime() - giveUpAtNanos > 0) {
        throw new CommandFailure("the rollout cannot be followed: " + why);
      }
      Thread.sleep(UNTIL_CONNECTED_AGAIN.toMillis());
    }
  }

  private void read(Stream<String> stream) throws JsonProcessingException {
    try (stream;
        Silence silence = new Silence(silentAtMost, stream::close)) {
      read(stream.iterator(), silence);
    }
  }

  private void read(Iterator<String> lines, Silence silence) throws JsonProcessingException {
    String id = null;
    String kind = "";
    StringBuilder data = new StringBuilder();
    while (lines.hasNext()) {
      String line = lines.next();
      silence.broken();
      if (line.startsWith("id:")) {
        id = value(line);
      } else if (line.startsWith("event:")) {
        kind = value(line);
      } else if (line.startsWith("data:")) {
        data.append(value(line));
      } else if (line.isEmpty() && id != null) {
        last = id;
        told.accept(kind, JSON.readTree(data.toString()));
        id = null;
        data.setLength(0);
      }
    }
  }

  private static String value(String line) {
    return line.substring(line.indexOf(':') + 1).strip();
  }
}
