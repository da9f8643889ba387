package dev.uplift.migration;

import dev.uplift.command.ChildEnvironment;
import dev.uplift.command.Command;
import dev.uplift.dependency.ReleaseFiles;
import dev.uplift.dependency.StagedSets;
import dev.uplift.durable.Directories;
import dev.uplift.host.HostStep;
import dev.uplift.host.StepContext;
import dev.uplift.host.StepFailure;
import dev.uplift.host.TenantPaths;
import dev.uplift.profile.AppProfile;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Runs the release's migrations on a snapshot of the tenant's own database while the tenant serves.
 * The scripts find the snapshot at the tenant's own path, so one that takes an absolute path from a
 * configuration file meets it too; see {@link Confinement}.
 */
public final class RehearseMigrations implements HostStep {
  private final Function<StepInput, ReleaseFiles> releases;
  private final Snapshotter snapshotter;
  private final DatabaseCheck check;
  private final Optional<Confinement> confinement;
  private final Map<String, String> environment;

  /**
   * @param confinement what this host can confine with; without it nothing is rehearsed
   * @param environment the worker's own; scripts get the part of it that concerns them
   */
  public RehearseMigrations(
      Function<StepInput, ReleaseFiles> releases,
      Snapshotter snapshotter,
      DatabaseCheck check,
      Optional<Confinement> confinement,
      Map<String, String> environment) {
    this.releases = releases;
    this.snapshotter = snapshotter;
    this.check = check;
    this.confinement = confinement;
    this.environment = ChildEnvironment.forTenantCode(environment);
  }

  @Override
  public StepResult run(StepInput input, StepContext context) {
    ReleaseFiles release = releases.apply(input);
    // Even where nothing is rehearsed: a command that cannot be filled in must not fail in cutover.
    MigrationScripts scripts = MigrationScripts.of(input, release);
    if (!input.plan().options().runMigrations()) {
      return StepResult.of("Skipped: asked to run no migrations");
    }
    if (scripts.commands().isEmpty()) {
      return StepResult.of("Skipped: the release has no migrations");
    }
    if (!input.to().profile().rehearsal().enabled()) {
      return skipped("the profile switches rehearsals off");
    }
    if (confinement.isEmpty()) {
      return skipped("this host cannot confine a rehearsal")
          .withWarnings(
              List.of(
                  "Migrations were not rehearsed: neither bubblewrap nor user namespaces work on"
                      + " this host. Install bubblewrap, or allow user namespaces."));
    }
    return rehearse(input, context, release, scripts, confinement.get());
  }

  /** There are migrations, and whoever asks for a rehearsal is told that it was none. */
  private static StepResult skipped(String why) {
    return StepResult.of("Skipped: " + why).withFacts(StepResult.Facts.notRehearsed(why));
  }

  private StepResult rehearse(
      StepInput input,
      StepContext context,
      ReleaseFiles release,
      MigrationScripts scripts,
      Confinement confinement) {
    AppProfile profile = input.to().profile();
    Path checkout = Path.of(input.plan().tenant().path());
    Path scratch = context.paths().scratch(input.plan().upgradeId()).resolve("rehearsal");
    try {
      List<String> warnings = furnish(scratch, input, context, release);
      Path database = scratch.resolve(profile.database());
      Path realCheckout = checkout.toRealPath();
      Path sets = Files.createDirectories(context.paths().sets()).toRealPath();
      MigrationRun run =
          new MigrationRun(
              context.commands(),
              checkout,
              environment,
              profile.timeouts().migrations(),
              (script, printed) -> context.evidence().keep("rehearsal/" + script, printed),
              command ->
                  new Command(
                          confinement.confine(scratch, realCheckout, sets, command.words()),
                          command.directory(),
                          command.environment(),
                          command.timeout())
                      .atLowPriority());
      MigrationRun.Outcome outcome = run.run(scripts);
      check.afterRehearsal(context, database);
      return StepResult.of(
              "Rehearsed "
                  + RunMigrations.counted(scripts.commands().size())
                  + " in "
                  + inSeconds(outcome.took()))
          .withOutput(outcome.output())
          .withWarnings(warnings)
          .withFacts(StepResult.Facts.rehearsed(scripts.names(), outcome.took()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      remove(scratch);
    }
  }

  /** Makes a tree like the one that the migrations will find in cutover. */
  private List<String> furnish(
      Path scratch, StepInput input, StepContext context, ReleaseFiles release) throws IOException {
    AppProfile profile = input.to().profile();
    TenantPaths live = TenantPaths.of(input.plan().tenant(), profile);
    Directories.remove(scratch);
    Files.createDirectories(scratch.getParent());
    // A tenant's data is in it: nobody else on the host may read it.
    Files.createDirectory(
        scratch,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    release.exportTo(scratch);
    Path database = place(scratch, profile.database());
    snapshotter.snapshot(live.database(), database, context);
    List<String> warnings = new ArrayList<>();
    for (String file : profile.state()) {
      copy(live.checkout().resolve(file), place(scratch, file));
    }
    for (String file : profile.rehearsal().copy()) {
      if (!copy(live.checkout().resolve(file), place(scratch, file))) {
        warnings.add("The rehearsal did without '" + file + "': the checkout has no such file.");
      }
    }
    for (Map.Entry<String, Path> link : StagedSets.of(context).targets().entrySet()) {
      Files.createSymbolicLink(place(scratch, link.getKey()), link.getValue());
    }
    return warnings;
  }

  /** Where a file goes, its directory made; a link of the release must not lead it elsewhere. */
  private static Path place(Path scratch, String file) throws IOException {
    Path path = scratch.resolve(file);
    Files.createDirectories(path.getParent());
    if (!path.getParent().toRealPath().startsWith(scratch.toRealPath())) {
      throw new StepFailure(
          FailureKind.PROFILE_INVALID,
          "A link in the release leads '" + file + "' out of the checkout.",
          path.getParent().toRealPath().toString(),
          "Replace the link by a directory under a new tag.");
    }
    return path;
  }

  private static boolean copy(Path from, Path to) throws IOException {
    if (!Files.isRegularFile(from)) {
      return false;
    }
    Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
    return true;
  }

  private static void remove(Path scratch) {
    try {
      // Nobody clears up after an upgrade that is rejected.
      Directories.removeWithEmptyParent(scratch);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String inSeconds(Duration took) {
    return String.format(Locale.ROOT, "%.1f s", took.toMillis() / 1000.0);
  }
}
