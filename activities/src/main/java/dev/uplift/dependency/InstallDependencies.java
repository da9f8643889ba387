package dev.uplift.dependency;

import dev.uplift.host.HostStep;
import dev.uplift.host.StepContext;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/** Switches the checkout to the staged sets. Services are down: a link's switch is all it takes. */
public final class InstallDependencies implements HostStep {

  @Override
  public StepResult run(StepInput input, StepContext context) {
    Path checkout = Path.of(input.plan().tenant().path());
    UUID upgrade = input.plan().upgradeId();
    StagedSets staged = StagedSets.of(context);
    staged
        .targets()
        .forEach(
            (name, target) -> {
              DependencyLink link = DependencyLink.in(checkout, name);
              noteBefore(link, context);
              link.switchTo(target, upgrade);
            });
    return StepResult.of(
        staged.targets().isEmpty()
            ? "The release has no dependencies"
            : "Switched " + String.join(", ", staged.targets().keySet()));
  }

  /** What was at the path when this upgrade first came to it; empty if it never did. */
  static Optional<DependencyLink.State> before(DependencyLink link, StepContext context) {
    return before(link, context.notes()::get);
  }

  static Optional<DependencyLink.State> before(
      DependencyLink link, Function<String, Optional<String>> notes) {
    return notes.apply(key(link)).map(DependencyLink.State::ofNote);
  }

  // Once only: a later attempt would take what an earlier one did for what was there before.
  private static void noteBefore(DependencyLink link, StepContext context) {
    if (before(link, context.notes()::get).isEmpty()) {
      try {
        context.notes().put(key(link), link.state().asNote());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static String key(DependencyLink link) {
    return "dependencies.before." + link.name();
  }
}
