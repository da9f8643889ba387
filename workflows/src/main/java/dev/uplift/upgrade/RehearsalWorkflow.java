package dev.uplift.upgrade;

import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/**
 * Prepares an upgrade that never takes place, to find out whether it could, and what it would need.
 * It has the id of an upgrade, so that none runs beside it.
 */
@WorkflowInterface
public interface RehearsalWorkflow {
  /**
   * @param plan the upgrade that would be started
   * @param migrates whether its migrations are rehearsed too; otherwise it is only found out what
   *     would refuse it before
   */
  @WorkflowMethod
  RehearsalReport rehearse(UpgradePlan plan, boolean migrates);

  @QueryMethod
  UpgradeProgress progress();
}
