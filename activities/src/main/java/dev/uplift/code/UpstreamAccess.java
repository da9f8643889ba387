package dev.uplift.code;

import java.util.Optional;
import org.eclipse.jgit.transport.Transport;

/**
 * One attempt to reach an upstream: it lets a transport in, and watches. What JGit tells afterwards
 * is text for people, and does not say which remedy there is.
 */
abstract class UpstreamAccess implements AutoCloseable {
  final FetchSource source;

  UpstreamAccess(FetchSource source) {
    this.source = source;
  }

  static UpstreamAccess to(FetchSource source) {
    if (source.isSsh()) {
      return new SshAccess(source);
    }
    return source.isWeb() ? new WebAccess(source) : new Open(source);
  }

  /** Before the transport is used. */
  abstract void prepare(Transport transport);

  /** Why the upstream, or we, refused; empty if the error has nothing to do with that. */
  abstract Optional<UpstreamFailure> refusal(Exception error);

  UpstreamFailure explain(Exception error) {
    return refusal(error).orElseGet(() -> UpstreamFailure.of(source, error));
  }

  @Override
  public void close() {
    // Only some have something to close.
  }

  /** To where nobody asks who comes. */
  private static final class Open extends UpstreamAccess {
    Open(FetchSource source) {
      super(source);
    }

    @Override
    void prepare(Transport transport) {
      // Nothing is asked for.
    }

    @Override
    Optional<UpstreamFailure> refusal(Exception error) {
      return Optional.empty();
    }
  }
}
