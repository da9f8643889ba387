package dev.uplift.retention;

import static dev.uplift.retention.RetainedTenant.keeping;
import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.backup.StoredItem;
import dev.uplift.backup.StoredKind;
import dev.uplift.durable.Directories;
import dev.uplift.host.Cancellation;
import dev.uplift.host.Presence;
import dev.uplift.journal.Journal;
import dev.uplift.journal.Journals;
import dev.uplift.tenant.Slug;
import dev.uplift.upgrade.StepResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostRetentionTest {
  private static final String ID = "0123456789abcdef0123456789abcdef";
  private static final Duration OLD = Duration.ofDays(60);
  private final Clock clock = Clock.systemUTC();
  private final Presence presence = new Presence(clock);

  @TempDir Path home;
  private RetainedTenant acme;

  @BeforeEach
  void makeTenant() throws Exception {
    acme = new RetainedTenant(home);
  }

  @Test
  void aSetThatNobodyNeedsIsDeletedAndADryRunSaysSo() throws Exception {
    Path set = set(ID, OLD);

    assertThat(prune(true)).extracting(StoredItem::keep).containsExactly(false);
    assertThat(set).exists();
    assertThat(prune(false)).extracting(StoredItem::deleted).containsExactly(true);

    assertThat(set).doesNotExist();
  }

  @Test
  void aSetToWhichALinkLeadsStaysThoughNoJournalKnowsTheTenant() throws Exception {
    Path set = set(ID, OLD);
    Path frontend = Files.createDirectories(home.resolve("srv/unknown/frontend"));
    Files.createSymbolicLink(frontend.resolve("node_modules"), set.resolve("node_modules"));

    assertThat(reason()).isEqualTo(frontend.resolve("node_modules") + " leads to it");
    assertThat(set).exists();
  }

  @Test
  void aSetOfATenantThatIsBelowNoRootAnyMoreStays() throws Exception {
    Path set = set(ID, OLD);
    acme.succeeded(clock.instant());
    Path elsewhere = home.resolve("elsewhere");
    Files.move(home.resolve("srv"), elsewhere);
    Files.createDirectories(home.resolve("srv"));
    Files.createSymbolicLink(home.resolve("srv/acme"), elsewhere.resolve("acme"));
    Files.createSymbolicLink(elsewhere.resolve("acme/venv"), set);

    assertThat(reason()).contains("leads to it");
    assertThat(set).exists();
  }

  @Test
  void aSetThatAnUpgradeHasStagedStays() throws Exception {
    Path set = set(ID, OLD);
    Path notes = acme.paths().preparation(RetainedTenant.ACME, UUID.randomUUID());
    Files.createDirectories(notes.getParent());
    Files.writeString(notes, "{\"dependencies.staged\": \"venv\\t" + set + "\"}");

    assertThat(reason()).isEqualTo("an upgrade of acme has staged it");
  }

  @Test
  void aSetThatAnOpenUpgradeNamesStays() throws Exception {
    Path set = set(ID, OLD);
    acme.begun(clock.instant()).note("dependencies.before.venv", "LINK " + set);

    assertThat(reason()).isEqualTo("an upgrade of acme is not over");
  }

  @Test
  void aDamagedJournalStillNamesItsSetsAndTheRestIsPruned() throws Exception {
    Path named = set(ID, OLD);
    Path other = set("f".repeat(32), OLD);
    Journal journal = acme.begun(clock.instant());
    journal.note("dependencies.before.venv", "LINK " + named);
    Files.write(journal.file(), new byte[] {'x', (byte) 0xff, '\n'}, StandardOpenOption.APPEND);
    Path ofDamaged = scratch(RetainedTenant.idOf(journal).toString(), OLD);
    Path old = scratch(UUID.randomUUID().toString(), OLD);
    assertThat(acme.journals.look().unreadable()).hasSize(1);

    assertThat(reason()).isEqualTo(journal.file() + " is damaged and names it");

    assertThat(named).exists();
    assertThat(other).doesNotExist();
    assertThat(ofDamaged).exists();
    assertThat(old).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\0\0\0\0"})
  void whereNothingIsLeftOfAJournalAllSetsStayAndTheRestIsPruned(String left) throws Exception {
    Path set = set(ID, OLD);
    Journal journal = acme.begun(clock.instant());
    Files.writeString(journal.file(), left);
    Path old = scratch(UUID.randomUUID().toString(), OLD);
    assertThat(acme.journals.look().unreadable()).hasSize(1);

    assertThat(reason()).isEqualTo(journal.file() + " cannot be read");

    assertThat(set).exists();
    assertThat(old).doesNotExist();
  }

  @Test
  void whereAJournalCannotEvenBeOpenedAllSetsStayAndTheRestIsPruned() throws Exception {
    Path set = set(ID, OLD);
    Path journal = acme.begun(clock.instant()).file();
    Files.delete(journal);
    Files.createDirectory(journal);
    Path old = scratch(UUID.randomUUID().toString(), OLD);

    assertThat(reason()).isEqualTo(journal + " cannot be read");

    assertThat(set).exists();
    assertThat(old).doesNotExist();
  }

  @Test
  void aSetOfAnUpgradeThatIsClosedWhileItIsLookedForStays() throws Exception {
    Path set = set(ID, OLD);
    Journal journal = acme.begun(clock.instant());
    journal.note("dependencies.before.venv", "LINK " + set);
    Journals closing =
        new Journals(acme.paths()) {
          private boolean first = true;

          @Override
          public Open look(Slug tenant) {
            Open open = super.look(tenant);
            end();
            return open;
          }

          @Override
          public List<Journal> over(Slug tenant) {
            List<Journal> over = super.over(tenant);
            end();
            return over;
          }

          private void end() {
            if (first) {
              first = false;
              journal.committed(StepResult.of("healthy"));
              acme.journals.close(journal);
            }
          }
        };

    assertThat(new SetReferences(acme.configuration(), closing).among(Set.of(ID))).containsKey(ID);
  }

  @Test
  void aSetWithWhichASuccessIsRolledBackStaysAsLongAsItsBackup() throws Exception {
    Path set = set(ID, OLD);
    Journal journal = acme.begun(clock.instant());
    journal.note("dependencies.before.venv", "LINK " + set);
    journal.committed(StepResult.of("healthy"));
    acme.journals.close(journal);

    assertThat(reason()).isEqualTo("an upgrade of acme is rolled back with it");

    Directories.remove(acme.database.getParent());
    assertThat(prune(false)).extracting(StoredItem::deleted).containsExactly(true);
  }

  @Test
  void aSetThatWasJustWantedStays() throws Exception {
    set(ID, Duration.ofHours(5));

    assertThat(reason()).isEqualTo("wanted a short time ago");
  }

  @Test
  void aSetThatWasWantedAfterTheClockWasSetBackStays() throws Exception {
    set(ID, Duration.ofDays(-3));

    assertThat(reason()).isEqualTo("wanted a short time ago");
  }

  @Test
  void aSetThatAnotherWorkerObtainsNowIsNotDeleted() throws Exception {
    Path set = set(ID, OLD);
    String lock = "import fcntl, sys; f = open(sys.argv[1], 'r+'); fcntl.lockf(f, fcntl.LOCK_EX)";
    Process other =
        new ProcessBuilder(
                "python3",
                "-c",
                lock + "; print('held', flush=True); sys.stdin.read()",
                set + ".lock")
            .start();
    try {
      assertThat(other.inputReader().readLine()).isEqualTo("held");

      assertThat(prune(false)).extracting(StoredItem::deleted).containsExactly(false);
      assertThat(set.resolve(".complete")).exists();
    } finally {
      other.destroy();
      other.waitFor();
    }
  }

  @Test
  void whatIsLeftOfABuildIsDeletedWhenNobodyCanBeBuildingItAnyMore() throws Exception {
    Path left = set(ID, OLD);
    Files.delete(left.resolve(".complete"));
    age(left, Duration.ofDays(2));
    Path building = set("f".repeat(32), OLD);
    Files.delete(building.resolve(".complete"));
    age(building, Duration.ofHours(23));

    prune(false);

    assertThat(left).doesNotExist();
    assertThat(building).exists();
  }

  @Test
  void aDirectoryThatUpliftDidNotBeginIsLeftAlone() throws Exception {
    Path foreign = Files.createDirectories(acme.paths().sets().resolve(ID));
    age(foreign, OLD);
    Path named = set("not-a-set", OLD);

    assertThat(prune(false)).isEmpty();

    assertThat(foreign).exists();
    assertThat(named).exists();
  }

  @Test
  void scratchIsEmptiedOfWhatIsOldAndOfNoOpenUpgrade() throws Exception {
    UUID open = RetainedTenant.idOf(acme.begun(clock.instant()));
    UUID prepared = UUID.randomUUID();
    presence.seen(prepared);
    Path old = scratch(UUID.randomUUID().toString(), Duration.ofDays(2));
    Path proof = scratch("verify-" + UUID.randomUUID(), Duration.ofDays(2));
    List<Path> others =
        List.of(
            scratch(UUID.randomUUID().toString(), Duration.ofHours(23)),
            scratch(open.toString(), Duration.ofDays(2)),
            scratch(prepared.toString(), Duration.ofDays(2)),
            scratch("notes-of-a-person", OLD));
    Path outside = Files.createDirectories(home.resolve("outside"));
    Files.createSymbolicLink(old.resolve("link"), outside);
    age(old, Duration.ofDays(2));

    prune(false);

    assertThat(old).doesNotExist();
    assertThat(proof).doesNotExist();
    assertThat(outside).exists();
    assertThat(others).allMatch(Files::exists);
  }

  private List<StoredItem> prune(boolean dryRun) {
    return new HostRetention(
            acme.configuration(),
            new RetentionPolicy(true, withOwnScratch()),
            acme.journals,
            presence,
            clock)
        .prune(dryRun, Cancellation.NEVER);
  }

  private static Map<StoredKind, Limits> withOwnScratch() {
    Map<StoredKind, Limits> limits = new HashMap<>(keeping(0, 7).limits());
    limits.remove(StoredKind.SCRATCH);
    limits.remove(StoredKind.PREPARATION);
    return limits;
  }

  private String reason() {
    return prune(false).stream()
        .filter(item -> item.name().equals(ID))
        .map(StoredItem::reason)
        .findFirst()
        .orElseThrow();
  }

  private Path set(String id, Duration wantedAgo) throws Exception {
    Path set = Files.createDirectories(acme.paths().sets().resolve(id));
    Files.createFile(set.resolveSibling(id + ".lock"));
    Files.createDirectories(set.resolve("bin"));
    Files.writeString(set.resolve("bin/python"), "python");
    Files.writeString(set.resolve(".complete"), id + "\n");
    age(set.resolve(".complete"), wantedAgo);
    return set;
  }

  private Path scratch(String name, Duration ago) throws Exception {
    Path tree = Files.createDirectories(acme.paths().scratch().resolve(name));
    Files.writeString(tree.resolve("file"), "data");
    age(tree, ago);
    return tree;
  }

  private static void age(Path path, Duration ago) throws Exception {
    Files.setLastModifiedTime(path, FileTime.from(Instant.now().minus(ago)));
  }
}
