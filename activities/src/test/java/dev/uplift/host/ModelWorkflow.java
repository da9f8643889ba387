package dev.uplift.host;

import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.StepResult;
import dev.uplift.upgrade.UpgradeStatus;
import java.util.List;

/**
 * What the workflow asks of a host next, and what it makes of the answer; without an engine. The
 * same decisions as in {@code UpgradeWorkflowImpl} and {@code Compensation}, from the cutover on.
 */
final class ModelWorkflow {
  static final List<Step> FORWARD =
      List.of(
          Step.STOP_SERVICES,
          Step.BACK_UP_DATABASE,
          Step.CHECK_OUT_RELEASE,
          Step.INSTALL_DEPENDENCIES,
          Step.RUN_MIGRATIONS,
          Step.START_SERVICES,
          Step.CHECK_HEALTH);
  private static final List<Step> BACK =
      List.of(
          Step.STOP_SERVICES,
          Step.RESTORE_DATABASE,
          Step.RESTORE_DEPENDENCIES,
          Step.RESTORE_CODE,
          Step.START_SERVICES,
          Step.CHECK_HEALTH);
  private static final int ATTEMPTS = 3;

  private Direction direction = Direction.FORWARD;
  private int place;
  private int attempts;
  private boolean stopped;
  private UpgradeStatus status;

  /** Null until it has ended. */
  UpgradeStatus status() {
    return status;
  }

  Direction direction() {
    return direction;
  }

  Step next() {
    return (direction == Direction.FORWARD ? FORWARD : BACK).get(place);
  }

  void done(StepResult result) {
    stopped |= place == 0 && direction == Direction.FORWARD;
    if (direction == Direction.BACK && Boolean.TRUE.equals(result.facts().committed())) {
      status = UpgradeStatus.SUCCESS;
    } else if (direction == Direction.BACK && Boolean.TRUE.equals(result.facts().neverBegun())) {
      status = stopped ? UpgradeStatus.NEEDS_ATTENTION : UpgradeStatus.REJECTED;
    } else if (next() == Step.CHECK_HEALTH) {
      status = direction == Direction.FORWARD ? UpgradeStatus.SUCCESS : UpgradeStatus.ROLLED_BACK;
    } else {
      place++;
      attempts = 0;
    }
  }

  /** The host said that the step failed. */
  void failed(RuntimeException said) {
    if (direction == Direction.FORWARD) {
      turnBack();
    } else if (said instanceof TenantHeld) {
      status = UpgradeStatus.NEEDS_ATTENTION;
    }
  }

  /** The host said nothing, or that somebody else is to go on. */
  void heardNothing() {
    if (direction == Direction.FORWARD && ++attempts == ATTEMPTS) {
      turnBack();
    }
  }

  void cancel() {
    if (direction == Direction.FORWARD) {
      turnBack();
    }
  }

  private void turnBack() {
    direction = Direction.BACK;
    place = 0;
  }
}
