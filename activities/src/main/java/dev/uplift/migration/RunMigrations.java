package dev.uplift.migration;

import dev.uplift.command.ChildEnvironment;
import dev.uplift.dependency.ReleaseFiles;
import dev.uplift.host.HostStep;
import dev.uplift.host.StepContext;
import dev.uplift.host.TenantPaths;
import dev.uplift.profile.AppProfile;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** Runs the release's migrations on the tenant's own database; services are down. */
public final class RunMigrations implements HostStep {
  private static final String BEGUN = "migrations.begun";

  private final Function<StepInput, ReleaseFiles> releases;
  private final DatabaseRestorer restorer;
  private final DatabaseCheck check;
  private final Map<String, String> environment;

  /**
   * @param environment the worker's own; scripts get the part of it that concerns them
   */
  public RunMigrations(
      Function<StepInput, ReleaseFiles> releases,
      DatabaseRestorer restorer,
      DatabaseCheck check,
      Map<String, String> environment) {
    this.releases = releases;
    this.restorer = restorer;
    this.check = check;
    this.environment = ChildEnvironment.forTenantCode(environment);
  }

  @Override
  public StepResult run(StepInput input, StepContext context) {
    TenantPaths paths = TenantPaths.of(input.plan().tenant(), input.to().profile());
    StepResult result =
        input.plan().options().runMigrations()
            ? migrate(input, context, paths)
            : StepResult.of("Skipped: asked to run no migrations");
    check.noteRows(context, paths.database());
    return result;
  }

  private StepResult migrate(StepInput input, StepContext context, TenantPaths paths) {
    AppProfile profile = input.to().profile();
    MigrationScripts scripts = MigrationScripts.of(input, releases.apply(input));
    // A script that was cut off may have done half of its work, and not every half can be told.
    if (context.notes().get(BEGUN).isPresent()) {
      restorer.restore(input, context);
    }
    context.notes().put(BEGUN, "yes");
    MigrationRun run =
        new MigrationRun(
            context.commands(),
            paths.checkout(),
            environment,
            profile.timeouts().migrations(),
            (script, printed) -> context.evidence().keep("migrations/" + script, printed),
            UnaryOperator.identity());
    MigrationRun.Outcome outcome = run.run(scripts);
    check.afterMigration(context, paths.database());
    List<String> names = scripts.names();
    return StepResult.of("Ran " + counted(names.size()))
        .withOutput(outcome.output())
        .withFacts(StepResult.Facts.migrations(names));
  }

  static String counted(int migrations) {
    return migrations == 1 ? "1 migration" : migrations + " migrations";
  }
}
