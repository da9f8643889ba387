package dev.uplift.dependency;

import dev.uplift.command.ChildEnvironment;
import dev.uplift.durable.Directories;
import dev.uplift.host.HostStep;
import dev.uplift.host.StepContext;
import dev.uplift.profile.DependencySpec;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** Builds the release's dependency sets beside the live ones, or finds that they are there. */
public final class StageDependencies implements HostStep {
  private final Function<StepInput, ReleaseFiles> releases;
  private final Map<String, String> environment;

  /**
   * @param environment the worker's own; installers get the part of it that concerns them
   */
  public StageDependencies(
      Function<StepInput, ReleaseFiles> releases, Map<String, String> environment) {
    this.releases = releases;
    this.environment = ChildEnvironment.forInstallers(environment);
  }

  @Override
  public StepResult run(StepInput input, StepContext context) {
    Path checkout = Path.of(input.plan().tenant().path());
    ReleaseFiles files = releases.apply(input);
    Path scratch = context.paths().scratch(input.plan().upgradeId()).resolve("dependencies");
    SetStore store = new SetStore(context.paths().sets(), environment);

    Map<String, Path> earlier = EarlierEnvironments.of(context);
    SortedMap<String, Path> targets = new TreeMap<>();
    SetRequest.Origin origin =
        new SetRequest.Origin(
            files,
            input.to().commit().value(),
            checkout,
            targets,
            scratch,
            context.commands(),
            context.evidence());
    List<String> summary = new ArrayList<>();
    try {
      for (DependencySpec spec : input.to().profile().dependencies()) {
        if (earlier.keySet().containsAll(spec.targets())) {
          for (String name : spec.targets()) {
            DependencyLink.in(checkout, name).requireUsable(files);
            targets.put(name, earlier.get(name));
          }
          summary.add("Found the tenant's own " + String.join(", ", spec.targets()));
          continue;
        }
        SetRequest request = request(spec, origin);
        request
            .links()
            .forEach(link -> DependencyLink.in(checkout, link.inCheckout()).requireUsable(files));
        SetStore.Obtained obtained =
            store.obtain(request.id(), request.recipe(), context.cancellation());
        request
            .links()
            .forEach(link -> targets.put(link.inCheckout(), obtained.set().resolve(link.inSet())));
        summary.add(
            (obtained.built() ? "Built " : "Found ") + request.id() + " for " + request.what());
      }
    } finally {
      removeScratch(scratch);
    }
    StagedSets.note(targets, context);
    return StepResult.of(
        summary.isEmpty() ? "The release has no dependencies" : String.join("; ", summary));
  }

  private SetRequest request(DependencySpec spec, SetRequest.Origin origin) {
    if (spec instanceof DependencySpec.Python python) {
      return new PythonSets(environment).request(python, origin);
    }
    return new CommandSets(environment).request((DependencySpec.Command) spec, origin);
  }

  private static void removeScratch(Path scratch) {
    try {
      // Nobody clears up after an upgrade that is rejected.
      Directories.removeWithEmptyParent(scratch);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
