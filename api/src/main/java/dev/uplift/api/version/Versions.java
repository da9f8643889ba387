package dev.uplift.api.version;

import dev.uplift.api.engine.EngineAway;
import dev.uplift.api.engine.EngineCalls;
import dev.uplift.api.engine.HostQuestion;
import dev.uplift.api.problem.Problem;
import dev.uplift.profile.AppProfile;
import dev.uplift.release.Tag;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.StepFailures;
import dev.uplift.version.VersionInfo;
import dev.uplift.version.VersionRequest;
import dev.uplift.version.VersionWorkflow;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.TimeoutFailure;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Service;

/** Asks hosts which release a tenant has and which it could have. */
@Service
public class Versions {
  private static final Duration KEPT = Duration.ofSeconds(10);
  // The host has five seconds; a workflow that nobody works on is not waited for much longer.
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(6);
  private static final Duration LEFT_OPEN_FOR_AT_MOST = Duration.ofSeconds(15);

  private record Kept(
      Tenant tenant, AppProfile profile, CompletableFuture<VersionAnswer> answer, Instant since) {

    boolean answers(Tenant asked, AppProfile profileNow, Instant now) {
      return tenant.equals(asked)
          && profile.equals(profileNow)
          && !answer.isCompletedExceptionally()
          && since.plus(KEPT).isAfter(now);
    }
  }

  private final EngineCalls engine;
  private final Clock clock;
  private final Map<Slug, Kept> kept = new ConcurrentHashMap<>();

  Versions(EngineCalls engine, Clock clock) {
    this.engine = engine;
    this.clock = clock;
  }

  /** Asks the host, unless it was asked within the last seconds. */
  CompletableFuture<VersionAnswer> current(Tenant tenant, AppProfile profile) {
    Instant now = clock.instant();
    return kept.compute(
            tenant.id(),
            (id, before) ->
                before != null && before.answers(tenant, profile, now)
                    ? before
                    : new Kept(
                        tenant,
                        profile,
                        lookUp(tenant, profile, null)
                            .thenApply(info -> VersionAnswer.of(info, clock.instant())),
                        now))
        .answer();
  }

  /** Forgets what was kept about a tenant, since an upgrade changes it. */
  public void forget(Slug tenant) {
    kept.remove(tenant);
  }

  /**
   * Asks the host about {@code target} as well, now. Fails with {@link EngineAway}, {@link
   * WorkersAway} or {@link HostAway}, or with the {@link Problem} of a host that cannot tell.
   *
   * @param target null for the latest
   */
  public CompletableFuture<VersionInfo> lookUp(Tenant tenant, AppProfile profile, Tag target) {
    return engine
        .call(client -> start(client, new VersionRequest(tenant, profile, target)))
        .thenCompose(
            stub ->
                stub.getResultAsync(
                        ANSWER_WITHIN.toMillis(), TimeUnit.MILLISECONDS, VersionInfo.class)
                    .exceptionallyCompose(
                        failure -> CompletableFuture.failedFuture(explain(tenant, failure))));
  }

  private static WorkflowStub start(WorkflowClient client, VersionRequest request) {
    Tenant tenant = request.tenant();
    WorkflowOptions options =
        new HostQuestion(
                VersionWorkflow.idFor(tenant.id()),
                tenant,
                request.target(),
                LEFT_OPEN_FOR_AT_MOST,
                "version of " + tenant.id())
            .options();
    WorkflowStub stub =
        WorkflowStub.fromTyped(client.newWorkflowStub(VersionWorkflow.class, options));
    stub.start(request);
    return stub;
  }

  private static Throwable explain(Tenant tenant, Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ApplicationFailure refused
          && refused.getType().equals(StepFailures.TYPE)) {
        Failure failed = refused.getDetails().get(Failure.class);
        return new Problem(
                HttpStatus.UNPROCESSABLE_CONTENT,
                "version-unknown",
                "Version cannot be told",
                failed.message())
            .with("failure", failed);
      }
      // The workflow itself gives up before: so there is nobody who carries it out.
      if (cause instanceof TimeoutException || isLeftOpen(cause)) {
        return new WorkersAway(tenant.host());
      }
    }
    return new HostAway(tenant);
  }

  /** Whether a workflow ended because its time was up, and not what it waited for. */
  private static boolean isLeftOpen(Throwable cause) {
    return cause instanceof WorkflowFailedException && cause.getCause() instanceof TimeoutFailure;
  }
}
