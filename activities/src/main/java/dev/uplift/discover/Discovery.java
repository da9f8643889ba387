package dev.uplift.discover;

import dev.uplift.discover.Takeover.NoCheckout;
import dev.uplift.host.StepFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Finds the tenants of this host: a git checkout directly below a root, with services that have
 * their files in it and a SQLite database. Writes nothing anywhere.
 */
public final class Discovery {
  private final List<UnitSource> sources;

  public Discovery(List<UnitSource> sources) {
    this.sources = List.copyOf(sources);
  }

  /**
   * @param roots directories below which tenants are
   * @throws IOException if a root cannot be read, or a service manager does not answer
   */
  public Found read(Collection<Path> roots) throws IOException {
    List<CheckoutFacts> checkouts = new ArrayList<>();
    List<NoCheckout> others = new ArrayList<>();
    for (Path root : roots) {
      lookBelow(root.toRealPath(), checkouts, others);
    }
    List<FoundUnit> units = new ArrayList<>();
    for (UnitSource source : sources) {
      units.addAll(source.units());
    }
    units.sort(Comparator.comparing(FoundUnit::name));
    return Takeover.of(checkouts, others, units, KnownApp.CBAPP.profile().database());
  }

  private static void lookBelow(Path root, List<CheckoutFacts> checkouts, List<NoCheckout> others)
      throws IOException {
    if (Files.exists(root.resolve(".git"))) {
      others.add(
          new NoCheckout(
              root, "it is a checkout itself: give the directory above it as the root", true));
      return;
    }
    try (DirectoryStream<Path> children = Files.newDirectoryStream(root)) {
      for (Path child : children) {
        if (Files.isSymbolicLink(child)) {
          String target = Files.readSymbolicLink(child).toString();
          others.add(new NoCheckout(child, "it is a symbolic link to " + target, false));
        } else if (Files.exists(child.resolve(".git"), LinkOption.NOFOLLOW_LINKS)) {
          readCheckout(child, checkouts, others);
        } else if (Files.isDirectory(child)) {
          others.add(new NoCheckout(child, "it is no git checkout", false));
        }
      }
    }
  }

  private static void readCheckout(
      Path directory, List<CheckoutFacts> checkouts, List<NoCheckout> others) {
    try {
      checkouts.add(CheckoutReader.read(directory));
    } catch (StepFailure unfit) {
      String evidence = unfit.evidence() == null ? "" : " (" + unfit.evidence() + ")";
      others.add(new NoCheckout(directory, unfit.getMessage() + evidence, true));
    } catch (IOException | UncheckedIOException unreadable) {
      others.add(new NoCheckout(directory, "it cannot be read: " + unreadable.getMessage(), true));
    }
  }
}
