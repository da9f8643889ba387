package dev.uplift.dependency;

import dev.uplift.host.HostStep;
import dev.uplift.host.StepContext;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Puts the links and directories back that {@link InstallDependencies} switched. */
public final class RestoreDependencies implements HostStep {

  @Override
  public StepResult run(StepInput input, StepContext context) {
    Path checkout = Path.of(input.plan().tenant().path());
    List<String> restored = new ArrayList<>();
    for (DependencyLink link : DependencyLink.of(checkout, input.to().profile())) {
      Optional<DependencyLink.State> before = InstallDependencies.before(link, context);
      if (before.isPresent()) {
        link.restore(before.get(), input.plan().upgradeId());
        restored.add(link.name());
      }
    }
    return StepResult.of(
        restored.isEmpty() ? "Nothing to put back" : "Put back " + String.join(", ", restored));
  }
}
