package dev.uplift.api.upgrade;

import dev.uplift.api.problem.Problem;
import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Operation;
import dev.uplift.upgrade.UpgradeReport;
import dev.uplift.upgrade.UpgradeStatus;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Turns the report of an upgrade that is not a success into an HTTP problem. */
@Component
class ReportAnswer {
  private static final TypeReference<LinkedHashMap<String, Object>> MEMBERS =
      new TypeReference<>() {};
  private final JsonMapper json;

  ReportAnswer(JsonMapper json) {
    this.json = json;
  }

  /**
   * The problem carries the fields of the report, and the report. The report's status is its member
   * {@code outcome}, since the problem's own {@code status} is the HTTP status.
   *
   * @param inTheWay the id of the upgrade that holds a busy tenant; null if it is not known
   */
  Problem of(UpgradeReport report, Supplier<UUID> inTheWay) {
    FailureKind kind = report.failure() == null ? null : report.failure().kind();
    HttpStatus status = status(report.status(), kind);
    Failure why = report.failure() == null ? report.heldFor() : report.failure();
    String detail = why == null ? "It was not successful." : why.message();
    Operation operation = Objects.requireNonNullElse(report.operation(), Operation.UPGRADE);
    // What the ledger takes for held, and its host does not.
    boolean isNotHeld = report.status() == UpgradeStatus.REJECTED && kind == FailureKind.NOT_HELD;
    Problem problem =
        new Problem(
                status,
                isNotHeld
                    ? Holders.NOT_HELD
                    : operation.code() + "-" + report.status().code().replace('_', '-'),
                isNotHeld ? Holders.NOT_HELD_TITLE : title(operation, report.status()),
                detail)
            .about(location(report.upgradeId()))
            .with("outcome", report.status().code());
    Map<String, Object> members = json.convertValue(report, MEMBERS);
    members.remove("status");
    members.forEach(problem::with);
    if (status == HttpStatus.CONFLICT) {
      UUID holder = inTheWay.get();
      problem.with("upgrade_id", holder == null ? report.upgradeId() : holder);
    }
    return problem.with("report", report);
  }

  static URI location(UUID id) {
    return URI.create("/api/upgrades/" + id);
  }

  private static HttpStatus status(UpgradeStatus status, FailureKind kind) {
    if (status == UpgradeStatus.REJECTED && kind == FailureKind.HOST_UNREACHABLE) {
      return HttpStatus.SERVICE_UNAVAILABLE;
    }
    if (status == UpgradeStatus.REJECTED
        && (kind == FailureKind.BUSY || kind == FailureKind.NOT_HELD)) {
      return HttpStatus.CONFLICT;
    }
    return HttpStatus.UNPROCESSABLE_CONTENT;
  }

  private static String title(Operation operation, UpgradeStatus status) {
    String what =
        switch (operation) {
          case UPGRADE -> "Upgrade";
          case ROLLBACK -> "Rollback";
          case RESUME -> "Resumption";
        };
    return switch (status) {
      case SUCCESS -> what + " succeeded";
      case REJECTED -> what + " rejected: the tenant was not touched";
      case ROLLED_BACK ->
          what
              + (operation == Operation.ROLLBACK ? " turned back" : " rolled back")
              + ": the tenant is as it was";
      case NEEDS_ATTENTION -> what + " needs attention: the tenant is held";
    };
  }
}
