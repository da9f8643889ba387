package dev.uplift.prepare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Prepares the machine that this process runs on. */
public final class HostPreparation {
  private final Path dist;

  /**
   * @param dist where Uplift was unpacked
   */
  public HostPreparation(Path dist) {
    this.dist = dist;
  }

  /**
   * What came of it.
   *
   * @param lines a line for each thing that was made, changed, or found in place
   * @param differed whether anything was not as it should be
   * @param notes what a person should know
   */
  public record Outcome(List<String> lines, boolean differed, List<String> notes) {}

  /**
   * @param checkOnly whether only to look
   * @throws Refused if the machine is not fit for what was asked; nothing was changed then
   */
  public Outcome run(Request request, boolean checkOnly) throws IOException, InterruptedException {
    Machine.requireFit();
    TrustedTree.require(dist);
    WorkerSettings settings =
        HostPlan.settings(request, Machine.readIfThere(HostPlan.WORKER_SETTINGS), Machine::name);
    settings.engine().requireProtected();
    HostFacts facts = Machine.read(dist, request, settings);
    if (request.api()) {
      ApiSettings.of(request.engine(), facts.apiSettings(), settings.engine())
          .engine()
          .requireProtected();
    }
    HostPlan plan = HostPlan.of(request, settings, facts);
    return carryOut(plan, checkOnly);
  }

  private static Outcome carryOut(HostPlan plan, boolean checkOnly)
      throws IOException, InterruptedException {
    // All of them first: what is in the way of the last must not be found after the first was made.
    for (Piece piece : plan.pieces()) {
      piece.difference();
    }
    List<String> lines = new ArrayList<>();
    boolean differed = false;
    for (Piece piece : plan.pieces()) {
      Optional<String> difference = piece.difference();
      if (difference.isPresent() && !checkOnly) {
        piece.make();
      }
      differed |= difference.isPresent();
      lines.add(line(piece, difference, checkOnly));
    }
    return new Outcome(lines, differed, plan.notes());
  }

  private static String line(Piece piece, Optional<String> difference, boolean checkOnly) {
    if (difference.isEmpty()) {
      return "found    " + piece.name();
    }
    if (difference.get().equals("missing")) {
      return (checkOnly ? "missing  " : "made     ") + piece.name();
    }
    return (checkOnly ? "differs  " : "changed  ") + piece.name() + " (" + difference.get() + ")";
  }
}
