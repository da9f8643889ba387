package dev.uplift.cli.rollout;

import picocli.CommandLine.Command;

/** What the exit codes of those commands mean that wait for a rollout; for their help. */
@Command(
    exitCodeListHeading = "%nExit codes of those that wait:%n",
    exitCodeList = {
      "0:every tenant runs the release",
      "1:failed; the reason is on standard error",
      "2:wrong usage",
      "3:it went to its end, and not every tenant runs the release",
      "4:it halted, and waits for resume or abort",
      "5:it was aborted"
    })
final class RolloutExitCodes {}
