package dev.uplift.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.database.BackUpDatabase;
import dev.uplift.journal.Journal;
import dev.uplift.journal.Journals;
import dev.uplift.runbook.Runbook;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunbookTest {
  private static final String UNKEPT = "/srv/acme/db/pocket.db.backup_until_commit_1";
  @TempDir Path state;

  private List<String> runbook(String note) {
    HostPaths paths = new HostPaths(state);
    StepInput input = Plans.input();
    Journal journal = new Journals(paths).create(input);
    if (note != null) {
      journal.note(BackUpDatabase.BEGUN, note);
    }
    return Runbook.of(
        input, journal.state(), paths, units -> Optional.of("systemctl start " + units));
  }

  @Test
  void aBackupThatIsNotKeptIsRestoredAllTheSame() {
    List<String> lines =
        runbook(
            "{\"backup\":\""
                + UNKEPT
                + "\",\"journal_mode\":\"wal\",\"kept\":false,\"seal\":\"s\"}");

    assertThat(lines)
        .anySatisfy(line -> assertThat(line).startsWith("# " + UNKEPT).contains("a good backup"))
        .contains(
            "cp --preserve=mode,ownership "
                + UNKEPT
                + " /srv/acme/db/pocket.db && sync /srv/acme/db/pocket.db",
            "python3 -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute(\"PRAGMA"
                + " journal_mode=wal\")' /srv/acme/db/pocket.db",
            "git -C /srv/acme reset --hard " + "a".repeat(40));
  }

  @Test
  void aDatabaseThatWasNotWrittenIsLeftAlone() {
    assertThat(
            runbook(
                "{\"backup\":\""
                    + UNKEPT
                    + "\",\"journal_mode\":\"wal\",\"kept\":true,\"seal\":null}"))
        .noneMatch(line -> line.startsWith("cp "));
    assertThat(runbook(null)).noneMatch(line -> line.startsWith("cp "));
  }

  @Test
  void theUnitsThatRanAreStartedWhenTheirGuardsAreGone() {
    List<String> lines = runbook(null);
    List<String> ran = Plans.input().from().running();

    assertThat(ran).isNotEmpty();
    int start = lines.indexOf("systemctl start " + ran);
    assertThat(start).isPositive();
    assertThat(lines.subList(0, start))
        .anyMatch(line -> line.startsWith("rm -f ") && line.contains("/guard/"));
    assertThat(lines.subList(start, lines.size())).noneMatch(line -> line.contains("/guard/"));
  }

  @Test
  void whatIsRestoredIsNotRestoredAgainAndMayServeMeanwhile() {
    HostPaths paths = new HostPaths(state);
    StepInput input = Plans.input();
    Journal journal = new Journals(paths).create(input);
    journal.turnBack("workflow");
    for (Step step : List.of(Step.RESTORE_DATABASE, Step.RESTORE_DEPENDENCIES, Step.RESTORE_CODE)) {
      journal.intent(step, Direction.BACK);
      journal.done(step, Direction.BACK, StepResult.of("done"));
    }

    List<String> lines =
        Runbook.of(input, journal.state(), paths, units -> Optional.of("systemctl start"));

    assertThat(lines)
        .anyMatch(line -> line.contains("may be up meanwhile"))
        .contains("systemctl start")
        .noneMatch(line -> line.startsWith("git ") || line.startsWith("cp "));
  }

  @Test
  void theLastCommandReleasesTheTenantAndStartsWhatNoOtherCommandCan() {
    StepInput input = Plans.input();
    String id = input.plan().upgradeId().toString();
    Journal journal = new Journals(new HostPaths(state)).create(input);
    String release = "uplift release acme --upgrade " + id;
    String reason = " --reason 'followed the runbook of upgrade " + id + "'";

    assertThat(Runbook.of(input, journal.state(), new HostPaths(state), units -> Optional.of("up")))
        .endsWith(release + reason);
    assertThat(Runbook.of(input, journal.state(), new HostPaths(state), units -> Optional.empty()))
        .endsWith(release + " --start" + reason);
  }

  @Test
  void pathsThatAShellWouldUnderstandOtherwiseAreQuoted() {
    StepInput input = Plans.input(UUID.randomUUID(), "/srv/it's $HOME");
    Journal journal = new Journals(new HostPaths(state)).create(input);

    assertThat(Runbook.of(input, journal.state(), new HostPaths(state), units -> Optional.empty()))
        .contains("git -C '/srv/it'\\''s $HOME' reset --hard " + "a".repeat(40));
  }
}
