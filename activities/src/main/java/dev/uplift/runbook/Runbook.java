package dev.uplift.runbook;

import static dev.uplift.command.ShellWords.quoted;

import dev.uplift.code.RestoreCode;
import dev.uplift.database.BackUpDatabase;
import dev.uplift.database.CompletedBackup;
import dev.uplift.dependency.RestoreDependencies;
import dev.uplift.host.HostPaths;
import dev.uplift.host.TenantPaths;
import dev.uplift.journal.JournalState;
import dev.uplift.service.StopServices;
import dev.uplift.service.UnitName;
import dev.uplift.tenant.Slug;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.StepInput;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/**
 * What a person does with a held tenant: the exact commands that are left, in their order. Each
 * line that is no comment runs as it stands, by itself or with the others by {@code sh -e}; none of
 * them deletes what could be missed, and all may be run again.
 */
public final class Runbook {
  private Runbook() {}

  /**
   * @param startCommand how a person starts units; empty if only the worker can
   */
  public static List<String> of(
      StepInput input,
      JournalState state,
      HostPaths paths,
      Function<List<UnitName>, Optional<String>> startCommand) {
    Slug id = input.plan().tenant().id();
    UUID upgradeId = input.plan().upgradeId();
    TenantPaths tenant = TenantPaths.of(input.plan().tenant(), input.from().profile());
    List<String> lines = new ArrayList<>();
    lines.add(
        "# "
            + id
            + " is held. What was done and what was not: "
            + paths.journals(id).resolve(upgradeId + ".jsonl"));
    lines.add(
        "# Where what stopped it can be mended, do that, and `uplift resume "
            + id
            + "` does all the rest. Else, as user "
            + System.getProperty("user.name")
            + ", and not beyond a command that fails:");
    if (!isUndone(state, Step.RESTORE_DATABASE)) {
      restoreDatabase(input, state, tenant, lines);
    }
    if (!isUndone(state, Step.RESTORE_DEPENDENCIES)) {
      lines.addAll(RestoreDependencies.commands(input, state::note));
    }
    if (isUndone(state, Step.RESTORE_CODE)) {
      lines.add(
          "# Database, dependencies and code of "
              + input.from().version()
              + " are back, and nothing keeps the services from being started: they may be up"
              + " meanwhile.");
    } else {
      lines.addAll(RestoreCode.commands(input, state::note));
    }
    serveAgain(input, state, paths, startCommand, lines);
    return List.copyOf(lines);
  }

  private static void serveAgain(
      StepInput input,
      JournalState state,
      HostPaths paths,
      Function<List<UnitName>, Optional<String>> startCommand,
      List<String> lines) {
    for (UnitName unit : UnitName.of(input.plan().tenant(), input.from().profile())) {
      lines.add("rm -f " + quoted(paths.guards().resolve(unit.value())));
    }
    List<UnitName> ran = StopServices.wereUp(input, state::note);
    Optional<String> start = ran.isEmpty() ? Optional.empty() : startCommand.apply(ran);
    start.ifPresent(lines::add);
    boolean starts = start.isEmpty() && !ran.isEmpty();
    lines.add(
        starts
            ? "# This starts the services, and the tenant may be upgraded again. Look at their health."
            : "# Look at the services' health. Then the tenant may be upgraded again:");
    UUID upgradeId = input.plan().upgradeId();
    lines.add(
        "uplift release "
            + input.plan().tenant().id()
            + " --upgrade "
            + upgradeId
            + (starts ? " --start" : "")
            + " --reason 'followed the runbook of upgrade "
            + upgradeId
            + "'");
  }

  private static void restoreDatabase(
      StepInput input, JournalState state, TenantPaths tenant, List<String> lines) {
    Optional<CompletedBackup> completed = CompletedBackup.of(state.note(BackUpDatabase.BEGUN));
    if (completed.isEmpty()) {
      lines.add("# No backup was completed, so the database was not written: leave it as it is.");
      return;
    }
    CompletedBackup backup = completed.get();
    String copy = quoted(backup.database());
    String database = quoted(tenant.database());
    String aside = quoted(tenant.database() + ".held");
    lines.add(
        backup
            .sha256()
            .map(sha256 -> "echo '" + sha256 + "  '" + copy + " | sha256sum --check --quiet")
            .orElse("# " + backup.manifest() + " is not what was written: find a good backup."));
    lines.add("mkdir -p " + aside);
    for (String suffix : List.of("", "-wal", "-shm", "-journal")) {
      lines.add(moveAside(quoted(tenant.database() + suffix), aside));
    }
    lines.add("cp --preserve=mode,ownership " + copy + " " + database + " && sync " + database);
    if (!backup.journalMode().equals("delete")) {
      lines.add(
          "python3 -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute(\"PRAGMA"
              + " journal_mode="
              + backup.journalMode()
              + "\")' "
              + database);
    }
    for (String file : input.from().profile().state()) {
      String saved = quoted(backup.stateFiles().resolve(file));
      String live = quoted(tenant.checkout().resolve(file));
      lines.add(moveAside(live, aside));
      lines.add(
          "if [ -e "
              + saved
              + " ]; then cp --preserve=mode,ownership "
              + saved
              + " "
              + live
              + "; fi");
    }
  }

  private static String moveAside(String file, String directory) {
    return "if [ -e "
        + file
        + " ] || [ -L "
        + file
        + " ]; then mv --backup=numbered "
        + file
        + " "
        + directory
        + "/; fi";
  }

  private static boolean isUndone(JournalState state, Step step) {
    return state.resultOf(step, Direction.BACK).isPresent();
  }
}
