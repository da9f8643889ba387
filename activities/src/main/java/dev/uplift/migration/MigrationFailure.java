package dev.uplift.migration;

import dev.uplift.command.CommandResult;
import dev.uplift.host.StepFailure;
import dev.uplift.upgrade.FailureKind;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Tells from how a script ended what is wrong with the release, or with the host. */
final class MigrationFailure {
  private static final Pattern MISSING_MODULE =
      Pattern.compile(
          ".*(ModuleNotFoundError|ImportError: No module|Cannot find module"
              + "|ClassNotFoundException|cannot load such file).*");
  private static final Pattern NO_SPACE =
      Pattern.compile(".*(No space left on device|database or disk is full|ENOSPC).*");

  private MigrationFailure() {}

  static StepFailure ofScript(String script, CommandResult result, Duration limit, String output) {
    if (result.timedOut()) {
      return new StepFailure(
          FailureKind.MIGRATION_TIMEOUT,
          "The migrations were not done after " + inWords(limit) + "; " + script + " was running.",
          output,
          "Find out what the script waits for. If it only needs more time, raise"
              + " timeouts.migrations.");
    }
    Matcher missing = MISSING_MODULE.matcher(result.output());
    if (missing.find()) {
      return new StepFailure(
          FailureKind.MISSING_DEPENDENCY,
          "Migration "
              + script
              + " needs a module that is not installed: "
              + missing.group().strip(),
          output,
          "Add it to the release's dependencies under a new tag.");
    }
    if (NO_SPACE.matcher(result.output()).find()) {
      return new StepFailure(
          FailureKind.DISK_FULL,
          "The disk is full: migration " + script + " could not go on.",
          output,
          "Free space on the tenant's disk, then try again.");
    }
    return new StepFailure(
        FailureKind.MIGRATION_FAILED,
        "Migration " + script + " failed with exit code " + result.exitCode() + ".",
        output,
        "The output says why; correct the script under a new tag, or the data that it does not"
            + " expect.");
  }

  static StepFailure ofVerify(CommandResult result, Duration limit, String output) {
    if (result.timedOut()) {
      return ofScript("the verify command", result, limit, output);
    }
    return new StepFailure(
        FailureKind.SCHEMA_WRONG,
        "The migrations ran, but the release's verify command says that the schema is wrong (exit"
            + " code "
            + result.exitCode()
            + ").",
        output,
        "Correct the migrations, or the verify command, under a new tag.");
  }

  private static String inWords(Duration limit) {
    return limit.toSeconds() >= 1 ? limit.toSeconds() + " s" : limit.toMillis() + " ms";
  }
}
