package dev.uplift.runbook;

import dev.uplift.database.BackUpDatabase;
import dev.uplift.database.CompletedBackup;
import dev.uplift.host.HostPaths;
import dev.uplift.host.TenantPaths;
import dev.uplift.journal.JournalState;
import dev.uplift.service.StopServices;
import dev.uplift.service.UnitName;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.StepInput;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** What a person does with a held tenant: the exact commands that are left, in their order. */
public final class Runbook {
  private Runbook() {}

  /**
   * @param startCommand how a person starts units; empty if there is no command for it
   */
  public static List<String> of(
      StepInput input,
      JournalState state,
      HostPaths paths,
      Function<List<UnitName>, Optional<String>> startCommand) {
    TenantPaths tenant = TenantPaths.of(input.plan().tenant(), input.from().profile());
    Path journals = paths.journals(input.plan().tenant().id());
    Path journal = journals.resolve(input.plan().upgradeId() + ".jsonl");
    List<String> lines = new ArrayList<>();
    lines.add(
        "# " + input.plan().tenant().id() + " is held. What was done and what was not: " + journal);
    if (!isUndone(state, Step.RESTORE_DATABASE)) {
      restoreDatabase(input, state, tenant, lines);
    }
    if (!isUndone(state, Step.RESTORE_DEPENDENCIES)) {
      lines.add(
          "# Make the dependencies those of "
              + input.from().version()
              + " again: point links back, or move what is below "
              + tenant.checkout()
              + "/.git/uplift/adopted to its place.");
    }
    if (!isUndone(state, Step.RESTORE_CODE)) {
      lines.add("rm -f " + tenant.checkout() + "/.git/index.lock");
      lines.add("git -C " + tenant.checkout() + " reset --hard " + input.from().commit());
      lines.add(
          "git -C "
              + tenant.checkout()
              + " status   # files of "
              + input.to().tag()
              + " that are left here must go");
    }
    if (isUndone(state, Step.RESTORE_CODE)) {
      lines.add(
          "# Database, dependencies and code of "
              + input.from().version()
              + " are back, and nothing keeps the services from being started: they may be up"
              + " meanwhile.");
    }
    List<UnitName> units = UnitName.of(input.plan().tenant(), input.from().profile());
    for (UnitName unit : units) {
      lines.add("rm -f " + paths.guards().resolve(unit.value()));
    }
    List<UnitName> ran = StopServices.wereUp(input, state::note);
    Optional<String> start = ran.isEmpty() ? Optional.empty() : startCommand.apply(ran);
    start.ifPresent(lines::add);
    lines.add(
        (start.isPresent()
                ? "# Look at the services' health."
                : "# Start the services and look at their health.")
            + " Then the tenant may be upgraded again:");
    lines.add(
        "mkdir -p "
            + journals.resolve("closed")
            + " && mv "
            + journal
            + " "
            + journals.resolve("closed")
            + "/");
    return List.copyOf(lines);
  }

  private static void restoreDatabase(
      StepInput input, JournalState state, TenantPaths tenant, List<String> lines) {
    Optional<CompletedBackup> completed = CompletedBackup.of(state.note(BackUpDatabase.BEGUN));
    if (completed.isEmpty()) {
      lines.add("# No backup was completed, so the database was not written: leave it as it is.");
      return;
    }
    CompletedBackup backup = completed.get();
    Path database = tenant.database();
    Path aside = Path.of(database + ".held");
    lines.add(
        "sha256sum " + backup.database() + "   # must be what " + backup.manifest() + " says");
    lines.add("mkdir " + aside + " && mv " + database + " " + aside + "/");
    for (String sidecar : List.of("-wal", "-shm", "-journal")) {
      lines.add("mv -f " + database + sidecar + " " + aside + "/ 2>/dev/null || true");
    }
    lines.add(
        "cp --preserve=mode,ownership "
            + backup.database()
            + " "
            + database
            + " && sync "
            + database);
    lines.add("sqlite3 " + database + " 'PRAGMA journal_mode=" + backup.journalMode() + "'");
    for (String file : input.from().profile().state()) {
      lines.add(
          "cp --preserve=mode,ownership "
              + backup.stateFiles().resolve(file)
              + " "
              + tenant.checkout().resolve(file));
    }
  }

  private static boolean isUndone(JournalState state, Step step) {
    return state.resultOf(step, Direction.BACK).isPresent();
  }
}
