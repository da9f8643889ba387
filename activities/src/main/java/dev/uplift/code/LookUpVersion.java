package dev.uplift.code;

import dev.uplift.host.Redaction;
import dev.uplift.host.StepFailure;
import dev.uplift.release.CommitId;
import dev.uplift.release.Tag;
import dev.uplift.version.VersionInfo;
import dev.uplift.version.VersionRequest;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/** Tells which release a tenant has and which it could have, and changes nothing. */
public final class LookUpVersion {
  // Whoever asks waits five seconds in all.
  private static final Duration UPSTREAM_PATIENCE = Duration.ofSeconds(3);
  private final Mirrors mirrors;
  private final Clock clock;
  private final Duration upstreamPatience;

  public LookUpVersion(Mirrors mirrors, Clock clock) {
    this(mirrors, clock, UPSTREAM_PATIENCE);
  }

  LookUpVersion(Mirrors mirrors, Clock clock, Duration upstreamPatience) {
    this.mirrors = mirrors;
    this.clock = clock;
    this.upstreamPatience = upstreamPatience;
  }

  /**
   * @throws StepFailure if the checkout cannot be read; an upstream that does not answer is no
   *     failure
   */
  public VersionInfo lookUpVersion(VersionRequest request) {
    try (Checkout checkout = Checkout.open(Path.of(request.tenant().path()))) {
      Mirror mirror = mirrors.of(FetchSource.of(request.profile(), checkout));
      KnownReleases known;
      String upstreamError = null;
      try {
        known = mirror.ask(upstreamPatience);
      } catch (StepFailure unreachable) {
        known = mirror.known();
        upstreamError = Redaction.of(unreachable.getMessage());
      }
      Optional<Tag> latest = known.latest();
      Optional<CommitId> latestCommit = latest.flatMap(known::commitOf);
      Optional<Tag> target = Optional.ofNullable(request.target()).or(() -> latest);
      String deployed = checkout.version();
      CommitId head = checkout.head();
      return new VersionInfo(
          deployed,
          head.abbreviated(),
          latest.map(Tag::name).orElse(null),
          latestCommit.map(CommitId::abbreviated).orElse(null),
          latestCommit.isPresent()
              && !latestCommit.get().equals(head)
              && isAbove(latest.get(), deployed),
          target.flatMap(known::commitOf).map(CommitId::value).orElse(null),
          upstreamError,
          clock.instant());
    }
  }

  private static boolean isAbove(Tag latest, String deployed) {
    return Precedence.base(deployed)
        .flatMap(base -> Precedence.compare(latest, base))
        .map(order -> order > 0)
        .orElse(true);
  }
}
