package dev.uplift.code;

import dev.uplift.host.HostStep;
import dev.uplift.host.StepContext;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

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
