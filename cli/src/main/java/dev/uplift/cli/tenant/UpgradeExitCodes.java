package dev.uplift.cli.tenant;

import picocli.CommandLine.Command;

/** What the exit codes of those commands mean that wait for one tenant; for their help. */
@Command(
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:failed; the reason is on standard error",
      "2:wrong usage",
      "3:it was refused or turned back: the tenant is as it was",
      "4:the tenant is held, and waits for a person"
    })
final class UpgradeExitCodes {}
