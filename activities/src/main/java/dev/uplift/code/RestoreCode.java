package dev.uplift.code;

import static dev.uplift.command.ShellWords.quoted;

import dev.uplift.host.HostStep;
import dev.uplift.host.StepContext;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Puts the checkout back to the release that it had, wherever CheckOutRelease was stopped. */
public final class RestoreCode implements HostStep {

  @Override
  public StepResult run(StepInput input, StepContext context) {
    try (Checkout checkout = Checkout.open(Path.of(input.plan().tenant().path()))) {
      checkout.excludeOwnFiles(input.from().profile());
      Optional<BeforeCheckout> before = BeforeCheckout.noted(context.notes());
      if (before.isEmpty()) {
        return untouched(checkout, input);
      }
      ReleaseTree old = checkout.tree(input.from().commit());
      // Before its objects had come, nothing of the release can have been written.
      ReleaseTree release =
          checkout.has(input.to().commit()) ? checkout.tree(input.to().commit()) : old;
      Relocation relocation = new Relocation(checkout, old, release);
      relocation.back(before.get(), input.to().tag());
      String branch = before.get().branch();
      boolean onBranch = branch == null || relocation.returnToBranch(branch);
      relocation.prove(old, release);
      StepResult result = StepResult.of("Checked out " + input.from().version() + " again");
      return onBranch
          ? result
          : result.withWarnings(
              List.of(branch + " was moved meanwhile, so HEAD is at the commit and on no branch."));
    } catch (IOException e) {
      throw GitFailure.of("going back to " + input.from().version(), e);
    }
  }

  /** What a person types to have the same. */
  public static List<String> commands(StepInput input, Function<String, Optional<String>> notes) {
    String git = "git -C " + quoted(input.plan().tenant().path()) + " ";
    String old = input.from().commit().value();
    String release = input.to().commit().value();
    List<String> lines = new ArrayList<>();
    lines.add("rm -f " + quoted(Path.of(input.plan().tenant().path(), ".git", "index.lock")));
    Optional<BeforeCheckout> before = BeforeCheckout.noted(notes);
    if (before.isPresent()) {
      lines.add(
          "if "
              + git
              + "cat-file -e "
              + release
              + "; then "
              + git
              + "diff --name-only --no-renames --diff-filter=A -z "
              + old
              + " "
              + release
              + " | (cd "
              + quoted(input.plan().tenant().path())
              + " && xargs -0 -r rm -f --); fi");
    }
    before
        .map(BeforeCheckout::branch)
        .ifPresent(
            branch ->
                lines.add(
                    "if [ \"$("
                        + git
                        + "rev-parse "
                        + quoted(branch)
                        + ")\" = "
                        + old
                        + " ]; then "
                        + git
                        + "symbolic-ref HEAD "
                        + quoted(branch)
                        + "; fi"));
    lines.add(git + "reset --hard " + old);
    return lines;
  }

  /** Whoever moved a checkout that this upgrade has not reached yet meant to: it stays as it is. */
  private static StepResult untouched(Checkout checkout, StepInput input) {
    StepResult result = StepResult.of("The code was not touched");
    return checkout.head().equals(input.from().commit())
        ? result
        : result.withWarnings(
            List.of(
                "Somebody moved the checkout from "
                    + input.from().commit()
                    + " to "
                    + checkout.head()
                    + " during the upgrade."));
  }
}
