package dev.uplift.retention;

import dev.uplift.backup.BackupsReport;
import dev.uplift.backup.BackupsRequest;
import dev.uplift.backup.StoredItem;
import dev.uplift.backup.TenantBackups;
import dev.uplift.host.AttemptCancellation;
import dev.uplift.host.Heartbeats;
import dev.uplift.host.Redaction;
import dev.uplift.host.StepCancelled;
import dev.uplift.host.StepFailure;
import dev.uplift.host.Territory;
import dev.uplift.host.UnexpectedFailure;
import dev.uplift.logging.LogContext;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.StepFailures;
import io.temporal.activity.Activity;
import io.temporal.activity.ActivityExecutionContext;
import io.temporal.failure.ApplicationFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the engine asks of a host about its tenants' backups. */
public final class BackupActivities implements TenantBackups {
  private static final Logger log = LoggerFactory.getLogger(BackupActivities.class);

  private final TenantRetention tenants;
  private final HostRetention host;
  private final Territory territory;
  private final Heartbeats heartbeats;
  private final Set<AttemptCancellation> running = ConcurrentHashMap.newKeySet();

  public BackupActivities(
      TenantRetention tenants, HostRetention host, Territory territory, Heartbeats heartbeats) {
    this.tenants = tenants;
    this.host = host;
    this.territory = territory;
    this.heartbeats = heartbeats;
  }

  /** Stops what runs, for whoever replaces this worker: it can be asked for again. */
  public void stop() {
    running.forEach(
        attempt ->
            attempt.request(
                told(
                    "VerifyBackups",
                    new StepFailure(
                        FailureKind.CANCELLED,
                        "The worker is being replaced.",
                        null,
                        "Ask again in a minute."))));
  }

  @Override
  public BackupsReport listBackups(BackupsRequest request) {
    return answer(request, attempt -> tenants.list(request.tenant(), request.profile()));
  }

  @Override
  public BackupsReport verifyBackups(BackupsRequest request) {
    return answer(
        request,
        attempt -> tenants.verify(request.tenant(), request.profile(), request.name(), attempt));
  }

  @Override
  public BackupsReport pruneBackups(BackupsRequest request) {
    return answer(
        request,
        attempt -> {
          List<StoredItem> told =
              new ArrayList<>(
                  tenants.prune(request.tenant(), request.profile(), request.dryRun(), attempt));
          if (request.ofHost()) {
            told.addAll(host.prune(request.dryRun(), attempt));
          }
          return told;
        });
  }

  private BackupsReport answer(
      BackupsRequest request, Function<AttemptCancellation, List<StoredItem>> body) {
    ActivityExecutionContext context = Activity.getExecutionContext();
    String activity = context.getInfo().getActivityType();
    AttemptCancellation attempt = new AttemptCancellation();
    running.add(attempt);
    try (LogContext named = LogContext.of(request.tenant().id(), null);
        Heartbeats.Beating beating = heartbeats.during(context, attempt, () -> {})) {
      territory.require(request.tenant());
      return BackupsReport.of(body.apply(attempt));
    } catch (StepFailure failure) {
      throw told(activity, failure);
    } catch (StepCancelled cancelled) {
      throw attempt.reason() == null || attempt.reason() instanceof StepCancelled
          ? told(activity, overtaken(request))
          : attempt.reason();
    } catch (RuntimeException unexpected) {
      log.error("{} failed unexpectedly", activity, Redaction.of(unexpected));
      throw told(activity, UnexpectedFailure.explain(unexpected));
    } finally {
      running.remove(attempt);
    }
  }

  private static StepFailure overtaken(BackupsRequest request) {
    return new StepFailure(
        FailureKind.BUSY,
        "An upgrade of " + request.tenant().id() + " began meanwhile.",
        null,
        "Ask again when that is over.");
  }

  private static ApplicationFailure told(String activity, StepFailure failure) {
    return StepFailures.told(failure.told(activity), true);
  }
}
