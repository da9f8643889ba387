package dev.uplift.rollback;

import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;

/**
 * Finds out on its host what a rollback of a tenant would undo, and what it would give up. Changes
 * nothing there.
 */
@ActivityInterface
public interface RollbackPreviewer {
  @ActivityMethod(name = "PreviewRollback")
  RollbackPreview previewRollback(RollbackQuestion question);
}
