package dev.uplift.dependency;

import dev.uplift.command.CommandResult;
import dev.uplift.host.Redaction;
import dev.uplift.host.StepFailure;
import dev.uplift.upgrade.FailureKind;
import java.util.regex.Pattern;

/** Tells from an installer's output why it failed. */
final class InstallerFailure {
  private static final Pattern NO_SPACE =
      Pattern.compile("No space left on device|Errno 28|Disk quota exceeded|ENOSPC");
  private static final Pattern NO_NETWORK =
      Pattern.compile(
          "Failed to establish a new connection|Temporary failure in name resolution"
              + "|Name or service not known|Connection refused|ConnectTimeoutError|Read timed out"
              + "|Max retries exceeded|Network is unreachable|ProxyError|SSLError|dns error"
              + "|tcp connect error|Could not connect|Failed to fetch|HTTP error 5\\d\\d"
              + "|\\b50[0234] Server Error|ECONNREFUSED|ENOTFOUND|ETIMEDOUT|EAI_AGAIN");
  private static final Pattern NO_SUCH_DISTRIBUTION =
      Pattern.compile(
          "No matching distribution found|Could not find a version that satisfies"
              + "|No solution found when resolving|was not found in the (package registry|provided)"
              + "|is not installed|\\bE404\\b|\\bETARGET\\b");
  // The index was reached and named what it has.
  private static final Pattern OTHER_VERSIONS =
      Pattern.compile("\\(from versions: (?!none\\)).+\\)");
  private static final Pattern WRONG_HASH =
      Pattern.compile("DO NOT MATCH THE HASHES|Hash mismatch|EINTEGRITY", Pattern.CASE_INSENSITIVE);

  private InstallerFailure() {}

  static FailureKind kindOf(String output) {
    if (NO_SPACE.matcher(output).find()) {
      return FailureKind.DISK_FULL;
    }
    // Without an index, pip says both that it cannot connect and that there is no such version.
    boolean unreachable =
        NO_NETWORK.matcher(output).find() && !OTHER_VERSIONS.matcher(output).find();
    if (unreachable) {
      return FailureKind.FETCH_UNREACHABLE;
    }
    return NO_SUCH_DISTRIBUTION.matcher(output).find()
        ? FailureKind.MISSING_DEPENDENCY
        : FailureKind.STEP_FAILED;
  }

  /**
   * @param what the set, as a person knows it: "requirements.txt"
   */
  static StepFailure of(String what, CommandResult result) {
    String evidence = Redaction.of(result.output());
    if (result.timedOut()) {
      return new StepFailure(
          FailureKind.STEP_FAILED,
          "Installing " + what + " took longer than " + result.took().toMinutes() + " minutes.",
          evidence,
          "Look at the last lines for what it waited for, then try again.");
    }
    if (WRONG_HASH.matcher(evidence).find()) {
      return new StepFailure(
          FailureKind.STEP_FAILED,
          "A downloaded dependency of " + what + " differs from the hash that the release names.",
          evidence,
          "Find out who changed the artifact before anything is installed from there.");
    }
    FailureKind kind = kindOf(evidence);
    return switch (kind) {
      case DISK_FULL ->
          new StepFailure(
              kind,
              "The disk is full: " + what + " could not be installed.",
              evidence,
              "Free space where Uplift keeps its state, then try again.");
      case FETCH_UNREACHABLE ->
          new StepFailure(
              kind,
              "The package index of " + what + " cannot be reached.",
              evidence,
              "Check the network, the proxy and the index URL of this host, then try again.");
      case MISSING_DEPENDENCY ->
          new StepFailure(
              kind,
              "A dependency of " + what + " does not exist or does not go with the others.",
              evidence,
              "Publish it, or correct the release's dependencies under a new tag.");
      default ->
          new StepFailure(
              kind,
              "Installing " + what + " failed with exit code " + result.exitCode() + ".",
              evidence,
              "The output says why; correct the release or this host, then try again.");
    };
  }
}
