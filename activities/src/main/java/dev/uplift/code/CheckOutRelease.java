package dev.uplift.code;

import dev.uplift.host.HostStep;
import dev.uplift.host.StepContext;
import dev.uplift.host.StepFailure;
import dev.uplift.release.CommitId;
import dev.uplift.release.Tag;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.lib.NullProgressMonitor;
import org.eclipse.jgit.lib.RefUpdate;
import org.eclipse.jgit.transport.FetchResult;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.TagOpt;
import org.eclipse.jgit.transport.TrackingRefUpdate;
import org.eclipse.jgit.transport.Transport;
import org.eclipse.jgit.transport.URIish;

/** Brings the planned commit from the mirror into the checkout and moves the files to it. */
public final class CheckOutRelease implements HostStep {
  private final Mirrors mirrors;

  public CheckOutRelease(Mirrors mirrors) {
    this.mirrors = mirrors;
  }

  @Override
  public StepResult run(StepInput input, StepContext context) {
    try (Checkout checkout = Checkout.open(Path.of(input.plan().tenant().path()))) {
      Mirror mirror = mirrors.of(FetchSource.of(input.plan().profile(), checkout));
      ReleaseTree old = checkout.tree(input.from().commit());
      ReleaseTree release = Mirrors.tree(mirror, checkout, input.to().commit());
      Relocation relocation = new Relocation(checkout, old, release);

      Optional<BeforeCheckout> interrupted = BeforeCheckout.noted(context.notes());
      if (interrupted.isPresent()) {
        relocation.back(interrupted.get(), input.to().tag());
      } else {
        refuseChanges(checkout, old, release);
        relocation.before().note(context.notes());
      }
      context.cancellation().check();
      checkout.excludeOwnFiles(input.to().profile());
      if (mirror.has(input.to().commit())) {
        fetch(checkout, mirror, input.to().tag(), input.to().commit());
      }
      relocation.forward();
      relocation.prove(release, old);
      return StepResult.of(
          "Checked out " + input.to().tag() + " (" + input.to().commit().abbreviated() + ")");
    } catch (IOException e) {
      throw GitFailure.of("checking out " + input.to().tag(), e);
    }
  }

  // The checkout was examined while the tenant still served; since then somebody may have touched
  // it.
  private static void refuseChanges(Checkout checkout, ReleaseTree old, ReleaseTree release) {
    checkout.requireUnchangedSince(old.commit());
    List<String> found =
        checkout.inTheWay(release).stream().map(path -> "in the way: " + path).toList();
    if (!found.isEmpty()) {
      throw new StepFailure(
          FailureKind.DIRTY_CHECKOUT,
          "Files were put where the release has some of its own.",
          GitFailure.list(found),
          "Move them away, and upgrade again.");
    }
  }

  private static void fetch(Checkout checkout, Mirror mirror, Tag tag, CommitId commit)
      throws IOException {
    List<RefSpec> wanted = new ArrayList<>();
    // The kept ref cannot move; without a destination it brings the objects and names nothing.
    wanted.add(new RefSpec(Mirror.keptRef(commit)));
    boolean sameTag = mirror.pinned(tag).equals(Optional.of(commit));
    if (sameTag && checkout.commitOf(tag).isEmpty()) {
      wanted.add(new RefSpec(tag.ref() + ":" + tag.ref()));
    }
    URIish from = new URIish().setPath(mirror.directory().toAbsolutePath().toString());
    try (Transport transport = Transport.open(checkout.repository(), from)) {
      transport.setTagOpt(TagOpt.NO_TAGS);
      FetchResult result = transport.fetch(NullProgressMonitor.INSTANCE, wanted);
      for (TrackingRefUpdate update : result.getTrackingRefUpdates()) {
        boolean written =
            update.getResult() == RefUpdate.Result.NEW
                || update.getResult() == RefUpdate.Result.NO_CHANGE;
        if (!written) {
          throw new TransportException(
              "cannot write " + update.getLocalName() + ": " + update.getResult());
        }
      }
    }
  }
}
