package dev.uplift.migration;

import dev.uplift.host.StepContext;
import java.nio.file.Path;

/** Copies a database while its application goes on writing to it. */
public interface Snapshotter {

  /**
   * @param target does not exist yet; its directory does
   */
  void snapshot(Path liveDatabase, Path target, StepContext context);
}
