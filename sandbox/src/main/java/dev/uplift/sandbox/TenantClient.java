package dev.uplift.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A user who adds people to a tenant and remembers which of them the tenant said that it has, so
 * that a lost one is found out.
 */
public final class TenantClient implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final int PAGE = 1000;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final URI api;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT).build();
  private final List<Acknowledged> acknowledged = new CopyOnWriteArrayList<>();
  private final AtomicInteger refused = new AtomicInteger();
  private final AtomicInteger number = new AtomicInteger();
  private Thread writer;
  private volatile boolean closed;

  /**
   * @param id that the tenant gave
   * @param at when the answer was there
   */
  public record Acknowledged(long id, String name, Instant at) {}

  public TenantClient(SandboxTenant tenant) {
    this(tenant.api());
  }

  /**
   * @param api where the tenant's API can be reached
   */
  public TenantClient(URI api) {
    this.api = api;
  }

  /**
   * Adds a person.
   *
   * @throws IOException if the tenant did not say that it has the person, who may be there all the
   *     same
   */
  public Acknowledged add(String name) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(api.resolve("/people"))
            .timeout(TIMEOUT)
            .header("Content-Type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofByteArray(
                    JSON.writeValueAsBytes(Map.of("name", name))))
            .build();
    long id = send(request, 201).get("id").asLong();
    Acknowledged answer = new Acknowledged(id, name, Instant.now());
    acknowledged.add(answer);
    return answer;
  }

  /**
   * Adds a person again and again in the background, until {@link #close}; failures are counted.
   */
  public synchronized void writeEvery(Duration pause) {
    if (writer != null) {
      throw new IllegalStateException("already writing");
    }
    writer = new Thread(() -> write(pause), "tenant-client");
    writer.setDaemon(true);
    writer.start();
  }

  private void write(Duration pause) {
    while (!closed) {
      try {
        add("written-" + number.incrementAndGet());
      } catch (IOException e) {
        refused.incrementAndGet();
      }
      LockSupport.parkNanos(pause.toNanos());
    }
  }

  /** Those that the tenant said it has, in that order. */
  public List<Acknowledged> acknowledged() {
    return List.copyOf(acknowledged);
  }

  /** How many writes of the background were not acknowledged. */
  public int refusedCount() {
    return refused.get();
  }

  /** Those of {@link #acknowledged} that the tenant does not have now. */
  public List<Acknowledged> missing() throws IOException {
    // First what was said, then what is there: more may be added meanwhile.
    List<Acknowledged> said = acknowledged();
    Map<Long, String> there = people();
    return said.stream().filter(person -> !person.name().equals(there.get(person.id()))).toList();
  }

  /** Everybody whom the tenant has now: id to name. */
  public Map<Long, String> people() throws IOException {
    Map<Long, String> people = new TreeMap<>();
    long after = 0;
    List<JsonNode> page;
    do {
      page = page(after);
      for (JsonNode person : page) {
        after = person.get("id").asLong();
        people.put(after, person.get("name").asText());
      }
    } while (page.size() == PAGE);
    return people;
  }

  private List<JsonNode> page(long after) throws IOException {
    URI url = api.resolve("/people?limit=" + PAGE + "&after=" + after);
    JsonNode answer = send(HttpRequest.newBuilder(url).timeout(TIMEOUT).build(), 200);
    List<JsonNode> page = new ArrayList<>();
    answer.get("people").forEach(page::add);
    return page;
  }

  private JsonNode send(HttpRequest request, int expected) throws IOException {
    try {
      HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      if (response.statusCode() != expected) {
        throw new IOException(request.uri() + " answered " + response.statusCode());
      }
      return JSON.readTree(response.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Ends the writing in the background; what was acknowledged stays known. */
  @Override
  public synchronized void close() {
    if (writer == null) {
      return;
    }
    // Not interrupted: the answer to a write under way would be lost.
    closed = true;
    LockSupport.unpark(writer);
    try {
      writer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
