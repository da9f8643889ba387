package dev.uplift.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestPlan;

/**
 * Ends a run of faults with one line about all of it, and with the page about it if one is asked
 * for.
 */
public final class FaultSummary implements TestExecutionListener {
  /** Where the page is written; nowhere without it. */
  static final String PAGE = "faults.page";

  @Override
  public void testPlanExecutionFinished(TestPlan plan) {
    if (!FaultLog.isUsed()) {
      return;
    }
    try {
      FaultLog log = FaultLog.ofThisRun();
      String page = System.getProperty(PAGE, "");
      if (!page.isEmpty()) {
        Files.writeString(Path.of(page), FaultPage.of(log.runs()));
      }
      System.out.println(FaultLog.summary(log.runs()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
