package dev.uplift.host;

import dev.uplift.journal.JournalState;
import dev.uplift.service.UnitName;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.StepInput;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a person does with a held tenant: the exact commands that are left, in their order. */
final class Runbook {
  private Runbook() {}

  static List<String> of(StepInput input, JournalState state, HostPaths paths) {
    TenantPaths tenant = TenantPaths.of(input.plan().tenant(), input.from().profile());
    List<String> lines = new ArrayList<>();
    lines.add(
        "# " + input.plan().tenant().id() + " is held: its services stay down until this is done.");
    lines.add(
        "# The journal: "
            + paths.journals(input.plan().tenant().id())
            + "/"
            + input.plan().upgradeId()
            + ".jsonl");
    if (!isUndone(state, Step.RESTORE_DATABASE)) {
      restoreDatabase(input, state, tenant.database(), lines);
    }
    if (!isUndone(state, Step.RESTORE_DEPENDENCIES)) {
      lines.add(
          "# Dependencies: make them those of "
              + input.from().version()
              + ", where they are a link point it back.");
    }
    if (!isUndone(state, Step.RESTORE_CODE)) {
      lines.add("git -C " + tenant.checkout() + " reset --hard " + input.from().commit());
    }
    for (UnitName unit : UnitName.of(input.plan().tenant(), input.from().profile())) {
      lines.add("rm -f " + paths.guards().resolve(unit.value()));
    }
    lines.add("# Start the services, look at their health, then release the tenant with a reason.");
    return List.copyOf(lines);
  }

  private static void restoreDatabase(
      StepInput input, JournalState state, Path database, List<String> lines) {
    String backup =
        state
            .resultOf(Step.BACK_UP_DATABASE, Direction.FORWARD)
            .map(result -> result.facts().backupPath())
            .orElse(null);
    if (backup == null) {
      lines.add("# No backup was completed, so the database was not written: leave it as it is.");
      return;
    }
    lines.add("sha256sum " + backup + "   # must be what " + backup + ".json says");
    lines.add("mkdir " + database + ".held && mv " + database + " " + database + ".held/");
    lines.add(
        "mv -f "
            + database
            + "-wal "
            + database
            + "-shm "
            + database
            + "-journal "
            + database
            + ".held/ 2>/dev/null; true");
    lines.add("cp --preserve=mode,ownership " + backup + " " + database + " && sync " + database);
  }

  private static boolean isUndone(JournalState state, Step step) {
    return state.resultOf(step, Direction.BACK).isPresent();
  }
}
