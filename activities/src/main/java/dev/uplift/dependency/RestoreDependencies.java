package dev.uplift.dependency;

import dev.uplift.host.HostStep;
import dev.uplift.host.StepContext;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Puts the links and directories back that {@link InstallDependencies} switched. */
public final class RestoreDependencies implements HostStep {

  @Override
  public StepResult run(StepInput input, StepContext context) {
    Path checkout = Path.of(input.plan().tenant().path());
    List<String> restored = new ArrayList<>();
    for (DependencyLink link : DependencyLink.of(checkout, input.to().profile())) {
      Optional<DependencyLink.State> before =
          InstallDependencies.before(link, context.notes()::get);
      if (before.isPresent()) {
        link.restore(before.get(), input.plan().upgradeId());
        restored.add(link.name());
      }
    }
    return StepResult.of(
        restored.isEmpty() ? "Nothing to put back" : "Put back " + String.join(", ", restored));
  }

  /** What a person types to have the same. */
  public static List<String> commands(StepInput input, Function<String, Optional<String>> notes) {
    Path checkout = Path.of(input.plan().tenant().path());
    return DependencyLink.of(checkout, input.to().profile()).stream()
        .flatMap(
            link ->
                InstallDependencies.before(link, notes)
                    .map(before -> link.command(before, input.plan().upgradeId()))
                    .stream())
        .toList();
  }
}
