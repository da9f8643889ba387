package dev.uplift.api.notify;

import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/** The first bytes of an answer as text. The rest is not even read: it may have no end. */
final class BeginningOfBody implements HttpResponse.BodySubscriber<String> {
  static final int MAX_BYTES = 1_024;

  private final CompletableFuture<String> body = new CompletableFuture<>();
  private final ByteBuffer bytes = ByteBuffer.allocate(MAX_BYTES);
  private Flow.Subscription subscription;

  @Override
  public CompletionStage<String> getBody() {
    return body;
  }

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    this.subscription = subscription;
    subscription.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(List<ByteBuffer> parts) {
    for (ByteBuffer part : parts) {
      int length = Math.min(part.remaining(), bytes.remaining());
      bytes.put(part.slice(part.position(), length));
    }
    if (!bytes.hasRemaining()) {
      subscription.cancel();
      onComplete();
    }
  }

  @Override
  public void onError(Throwable broken) {
    onComplete();
  }

  @Override
  public void onComplete() {
    body.complete(new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8));
  }
}
